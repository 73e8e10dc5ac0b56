import { hasDrift, type Plan } from '../../plan/plan.ts';
import { brokenCount } from './unreadable.ts';

/** Unreadable connectors of this plan; others are only shown. */
export function unreadableInPlan({ unreadable }: Plan): Plan['unreadable'] {
  return unreadable.filter(({ file }) => file !== null);
}

export function unmanagedTitle({ broken }: Plan): string {
  return `Not in any file${broken.length > 0 ? ' that could be read' : ''}, left untouched`;
}

/** What follows `On CONTEXT`. Numbers and words of sluice only. */
export function verdictText(plan: Plan): string {
  const missing = missingParts(plan);
  if (hasDrift(plan)) return `: ${[...counted(plan), ...missing].join('; ')}.`;
  const all = [`${unchanged(plan)} unchanged`, ...missing].join('; ');
  return ` nothing differs${missing.length > 0 ? ' in what could be compared' : ''} (${all}).`;
}

/** What the plan could not take into account. */
export function missingParts(plan: Plan): string[] {
  const unread = unreadableInPlan(plan).length;
  const values = plan.summary.notCompared;
  return [
    ...(unread > 0 ? [`${unread} cannot be read`] : []),
    ...brokenCount(plan.broken),
    ...(values > 0 ? [`${values} ${values === 1 ? 'value' : 'values'} not compared`] : []),
  ];
}

/** Counts topics and connectors separately if there are any topics. */
function counted({ summary }: Plan): string[] {
  const words = (counts: Readonly<Record<string, number>>) =>
    Object.entries(WORDS)
      .filter(([action]) => (counts[action] ?? 0) > 0)
      .map(([action, text]) => `${counts[action]} ${text}`)
      .join(', ');
  const { topics, ...connectors } = summary;
  const topicCounts = words(topics);
  if (topicCounts === '') return [words(connectors)];
  return [`topics: ${topicCounts}`, `connectors: ${words(connectors) || 'none'}`];
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
