import { partialExit } from '../../errors/error.ts';
import { EXIT, type ExitCode } from '../../errors/registry.ts';
import type { Consequence } from '../../plan/consequences.ts';
import type { Plan, PlannedConnector } from '../../plan/plan.ts';
import { hasDrift } from '../../plan/plan.ts';
import type { ShownTopic } from '../../plan/topics.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { keptLines, keyLine, maskedHint, topicLines } from './deploy.ts';
import { planMarkdown } from './plan-markdown.ts';
import { missingParts, unmanagedTitle, unreadableInPlan, verdictText } from './plan-words.ts';
import { brokenLines, unreadableLines } from './unreadable.ts';

/** @title sluice plan --json */
export type PlanDocument = WithWarnings<Plan>;

/** @param exitCode whether drift is exit code 10, and an incomplete comparison 16 (`--exit-code`) */
export function planView(exitCode: boolean): View<Plan, PlanDocument> {
  return {
    prose: true,
    table,
    forms: { markdown: planMarkdown },
    metrics: ({ context, summary }) =>
      (['create', 'update', 'state', 'unchanged', 'unmanaged'] as const).map((action) => ({
        ...{ name: 'sluice_plan_connectors', labels: { context, action }, value: summary[action] },
      })),
    exitCode: (plan) => unreadableExit(plan) ?? (exitCode ? answer(plan) : EXIT.ok),
  };
}

function answer(plan: Plan): ExitCode {
  if (hasDrift(plan)) return EXIT.negative;
  return plan.connectors.some(({ unset }) => unset.length > 0) ? EXIT.undetermined : EXIT.ok;
}

function unreadableExit(plan: Plan): ExitCode | undefined {
  const errors = [...unreadableInPlan(plan), ...plan.broken].map(({ error }) => error);
  return errors.length === 0 ? undefined : partialExit(plan.connectors.length, errors);
}

function table(plan: Plan, style: Style): string {
  const { color } = style;
  const { unmanaged } = plan;
  const blocks = [
    ...plan.topics.filter((one) => one.action !== 'unchanged').map((one) => topicBlock(one, style)),
    ...plan.connectors.filter((one) => one.action !== 'unchanged').map((one) => block(one, style)),
  ];
  const kept = keptLines(plan.connectors, style);
  return [
    ...blocks.flatMap((one) => [one, '']),
    ...(unmanaged.length > 0 ? [color.dim(`${unmanagedTitle(plan)}: ${unmanaged.join(', ')}`), ''] : []),
    ...(plan.unreadable.length > 0 ? [...unreadableLines(plan.unreadable, style), ''] : []),
    ...(plan.broken.length > 0 ? [...brokenLines(plan.broken, style), ''] : []),
    ...notCompared(plan, style),
    ...(kept.length > 0 ? [...kept, ''] : []),
    verdict(plan, style),
  ].join('\n');
}

function verdict(plan: Plan, { color }: Style): string {
  const text = `On ${plan.context}${verdictText(plan)}`;
  if (hasDrift(plan)) return text;
  return missingParts(plan).length > 0 ? color.yellow(text) : color.green(text);
}

/** Values of unchanged connectors that could not be compared. */
function notCompared({ connectors }: Plan, { color }: Style): string[] {
  const unchanged = connectors.filter((one) => one.action === 'unchanged');
  const masked = unchanged.filter((one) => one.unknown.length > 0);
  const unset = unchanged.filter((one) => one.unset.length > 0);
  const list = (title: string, values: readonly string[]) =>
    color.yellow(`${title}, not compared: ${values.join('; ')}`);
  return [
    ...(masked.length === 0
      ? []
      : [
          list(
            'Masked by the worker',
            masked.map(({ name, unknown }) => `${name} (${unknown.join(', ')})`),
          ),
          ...maskedHint(masked).map((line) => `  ${line}`),
        ]),
    ...(unset.length === 0
      ? []
      : [
          list(
            'With a variable that is not set',
            unset.map((one) => `${one.name} (${one.unset.join(', ')})`),
          ),
        ]),
    ...(masked.length + unset.length > 0 ? [''] : []),
  ];
}

const SIGNS = { create: '+', update: '~', state: '‖', unchanged: ' ' } as const;

function block(one: PlannedConnector, style: Style): string {
  const { color } = style;
  const paint = one.action === 'create' ? color.green : color.yellow;
  const state = one.state === null ? [] : [`    state: ${one.state.before ?? 'absent'} → ${one.state.after}`];
  const unknown = [
    ...(one.unknown.length > 0 ? [color.dim(`    masked by the worker, not compared: ${one.unknown.join(', ')}`)] : []),
    ...(one.unset.length > 0
      ? [color.dim(`    with a variable that is not set, not compared: ${one.unset.join(', ')}`)]
      : []),
  ];
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
