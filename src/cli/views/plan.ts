import { partialExit } from '../../errors/error.ts';
import { EXIT, type ExitCode } from '../../errors/registry.ts';
import type { Consequence } from '../../plan/consequences.ts';
import type { Plan, PlannedConnector } from '../../plan/plan.ts';
import { hasDrift } from '../../plan/plan.ts';
import type { ShownTopic } from '../../plan/topics.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { keyLine, maskedHint, topicLines } from './deploy.ts';
import { unreadableLines } from './unreadable.ts';

/** @param exitCode whether drift is exit code 10 (`--exit-code`) */
export function planView(exitCode: boolean): View<Plan> {
  return {
    table,
    exitCode: (plan) => unreadableExit(plan) ?? (exitCode && hasDrift(plan) ? EXIT.negative : EXIT.ok),
  };
}

/** Others that cannot be read are named, and are not this plan's business. */
function meant({ unreadable }: Plan): Plan['unreadable'] {
  return unreadable.filter(({ file }) => file !== null);
}

function unreadableExit(plan: Plan): ExitCode | undefined {
  const errors = meant(plan).map(({ error }) => error);
  return errors.length === 0 ? undefined : partialExit(plan.connectors.length, errors);
}

function table(plan: Plan, style: Style): string {
  const { color } = style;
  const { unmanaged } = plan;
  const blocks = [
    ...plan.topics.filter((one) => one.action !== 'unchanged').map((one) => topicBlock(one, style)),
    ...plan.connectors.filter((one) => one.action !== 'unchanged').map((one) => block(one, style)),
  ];
  return [
    ...blocks.flatMap((one) => [one, '']),
    ...(unmanaged.length > 0 ? [color.dim(`Not in any file, and left alone: ${unmanaged.join(', ')}`), ''] : []),
    ...(plan.unreadable.length > 0 ? [...unreadableLines(plan.unreadable, style), ''] : []),
    ...notCompared(plan, style),
    verdict(plan, style),
  ].join('\n');
}

function verdict(plan: Plan, { color }: Style): string {
  const unread = meant(plan).length;
  const rest = unread > 0 ? `; ${unread} cannot be read` : '';
  if (hasDrift(plan)) return `On ${plan.context}: ${counted(plan).join('; ')}${rest}.`;
  const all = `${unchanged(plan)} unchanged${rest}`;
  return unread > 0 || plan.connectors.some((one) => one.unknown.length > 0)
    ? color.yellow(`On ${plan.context} nothing differs in what could be compared (${all}).`)
    : color.green(`On ${plan.context} nothing differs (${all}).`);
}

/** Secrets of what counts as unchanged, which the worker masks. */
function notCompared({ connectors }: Plan, { color }: Style): string[] {
  const masked = connectors.filter((one) => one.action === 'unchanged' && one.unknown.length > 0);
  if (masked.length === 0) return [];
  return [
    color.yellow(
      `Masked by the worker, not compared: ${masked.map((one) => `${one.name} (${one.unknown.join(', ')})`).join('; ')}`,
    ),
    ...maskedHint(masked).map((line) => `  ${line}`),
    '',
  ];
}

/** Topics are told apart from connectors only where there are any. */
function counted({ summary }: Plan): string[] {
  const words = (counts: Readonly<Record<string, number>>) =>
    Object.entries(WORDS)
      .filter(([action]) => (counts[action] ?? 0) > 0)
      .map(([action, said]) => `${counts[action]} ${said}`)
      .join(', ');
  const { topics, ...connectors } = summary;
  const said = words(topics);
  if (said === '') return [words(connectors)];
  return [`topics: ${said}`, `connectors: ${words(connectors) || 'none'}`];
}

function unchanged({ topics, summary }: Plan): string {
  return topics.length === 0 ? String(summary.unchanged) : `${summary.unchanged} connectors, ${topics.length} topics`;
}

const WORDS = {
  refused: 'refused',
  create: 'to create',
  update: 'to update',
  state: 'to change state',
  unchanged: 'unchanged',
} as const;
const SIGNS = { create: '+', update: '~', state: '‖', unchanged: ' ' } as const;

function block(one: PlannedConnector, style: Style): string {
  const { color } = style;
  const paint = one.action === 'create' ? color.green : color.yellow;
  const state = one.state === null ? [] : [`    state: ${one.state.before ?? 'not there'} → ${one.state.after}`];
  const unknown =
    one.unknown.length > 0 ? [color.dim(`    masked by the worker, not compared: ${one.unknown.join(', ')}`)] : [];
  return [
    `${paint(`${SIGNS[one.action]} ${one.name}`)} ${color.dim(`(${one.file})`)}`,
    ...one.keys.map((key) => `    ${keyLine(key, style)}`),
    ...state,
    ...unknown,
    ...consequenceLines(one.consequences, style),
  ].join('\n');
}

function topicBlock(topic: ShownTopic, style: Style): string {
  const { color } = style;
  const paint = { create: color.green, update: color.yellow, refused: color.red, unchanged: color.dim }[topic.action];
  return [
    `${paint(`${TOPIC_SIGNS[topic.action]} topic ${topic.name}`)} ${color.dim(`(topics.${topic.declaredBy})`)}`,
    ...topicLines(topic, style).map((line) => `    ${line}`),
    ...consequenceLines(topic.consequences, style),
  ].join('\n');
}

const TOPIC_SIGNS = { create: '+', update: '~', refused: '✖', unchanged: ' ' } as const;

function consequenceLines(consequences: readonly Consequence[], { color }: Style): string[] {
  return consequences.flatMap(({ key, message, todo }) => [
    `    ${color.red('!')} ${key === null ? '' : `${key}: `}${message}`,
    `      ${color.cyan('→')} ${todo}`,
  ]);
}
