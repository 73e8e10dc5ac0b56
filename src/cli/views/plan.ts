import { EXIT } from '../../errors/registry.ts';
import type { Plan, PlannedConnector } from '../../plan/plan.ts';
import { hasDrift } from '../../plan/plan.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';
import { keyLine } from './deploy.ts';

/** @param exitCode whether drift is exit code 10 (`--exit-code`) */
export function planView(exitCode: boolean): View<Plan> {
  return {
    table,
    exitCode: (plan) => (exitCode && hasDrift(plan) ? EXIT.negative : EXIT.ok),
  };
}

function table(plan: Plan, style: Style): string {
  const { color } = style;
  const { summary, unmanaged } = plan;
  const blocks = plan.connectors.filter((one) => one.action !== 'unchanged').map((one) => block(one, style));
  const counts = (['create', 'update', 'state', 'unchanged'] as const)
    .filter((action) => summary[action] > 0)
    .map((action) => `${summary[action]} ${WORDS[action]}`);
  return [
    ...blocks.flatMap((one) => [one, '']),
    ...(unmanaged.length > 0 ? [color.dim(`In no file, and left alone: ${unmanaged.join(', ')}`), ''] : []),
    hasDrift(plan)
      ? `On ${plan.context}: ${counts.join(', ')}.`
      : color.green(`On ${plan.context} nothing differs (${summary.unchanged} unchanged).`),
  ].join('\n');
}

const WORDS = { create: 'to create', update: 'to update', state: 'to change state', unchanged: 'unchanged' } as const;
const SIGNS = { create: '+', update: '~', state: '‖', unchanged: ' ' } as const;

function block(one: PlannedConnector, style: Style): string {
  const { color } = style;
  const paint = one.action === 'create' ? color.green : color.yellow;
  const state = one.state === null ? [] : [`    state: ${one.state.before ?? 'not there'} → ${one.state.after}`];
  const unknown =
    one.unknown.length > 0 ? [color.dim(`    masked by the worker, not compared: ${one.unknown.join(', ')}`)] : [];
  const consequences = one.consequences.flatMap(({ key, message, todo }) => [
    `    ${color.red('!')} ${key === null ? '' : `${key}: `}${message}`,
    `      ${color.cyan('→')} ${todo}`,
  ]);
  return [
    `${paint(`${SIGNS[one.action]} ${one.name}`)} ${color.dim(`(${one.file})`)}`,
    ...one.keys.map((key) => `    ${keyLine(key, style)}`),
    ...state,
    ...unknown,
    ...consequences,
  ].join('\n');
}
