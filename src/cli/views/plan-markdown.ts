import type { Plan, PlannedConnector } from '../../plan/plan.ts';
import type { ShownKey } from '../../plan/show.ts';
import type { ShownTopic } from '../../plan/topics.ts';
import { code, details, fence, sentence, shortened, tableRow } from '../markdown.ts';
import { unmanagedTitle, unreadableInPlan, verdictText } from './plan-words.ts';

/**
 * Bytes of a plan. A comment on GitHub has at most 65,536 characters; the rest is for what a workflow adds. GitLab and job
 * summaries allow more.
 */
export const MAX_BYTES = 60_000;

/** How far one part may fill the text, in bytes, so that later parts have room. */
const UP_TO = { problems: 8_000, warnings: 20_000, table: 35_000, diffs: 52_000, rest: MAX_BYTES - 1_000 } as const;

const MAX_VALUE = 500;
const MAX_MESSAGE = 300;
const MAX_KEY = 100;
const MAX_KEYS = 20;
const MAX_LINES = 150;

/** A connector or topic that changes. */
interface Change {
  /** Code. */
  title: string;
  action: string;
  /** What changes, for the table. */
  counts: string;
  /** Lines of the diff. */
  lines: string[];
  file: string | undefined;
  /** Consequences and removals, each a line. */
  warnings: string[];
}

/** The plan for a comment on a pull request or a job summary: what is dangerous first, each diff closed. */
export function planMarkdown(plan: Plan): string {
  const changes = [
    ...plan.topics.filter(({ action }) => action !== 'unchanged').map(changeOfTopic),
    ...plan.connectors.filter(({ action }) => action !== 'unchanged').map(changeOfConnector),
  ].sort((a, b) => Number(b.warnings.length > 0) - Number(a.warnings.length > 0));
  const page = new Page();
  page.add(`### Connector plan\n\nOn ${code(shortened(plan.context, MAX_VALUE))}${verdictText(plan)}`);
  page.list('**Left out of this plan:**', problemsOf(plan), UP_TO.problems, 'problems');
  page.list(
    '**Check before deploying:**',
    changes.flatMap(({ warnings }) => warnings),
    UP_TO.warnings,
    'warnings',
  );
  page.list(
    ['| Name | Change | Keys |', '| --- | --- | --- |'].join('\n'),
    changes.map(({ title, action, counts }) => tableRow([title, action, counts])),
    UP_TO.table,
    'rows of the table',
  );
  page.blocks(changes.map(diffOf), UP_TO.diffs, 'diffs');
  page.closed(
    'Not running, and left so because no file sets the state',
    plan.connectors.flatMap(({ name, keeps }) =>
      keeps === null ? [] : [`- ${code(shortened(name, MAX_VALUE))} (${keeps})`],
    ),
    UP_TO.rest,
    'connectors that are not running',
  );
  page.closed('Not compared', notCompared(plan), UP_TO.rest, 'connectors with values that were not compared');
  page.closed(
    unmanagedTitle(plan),
    plan.unmanaged.map((name) => `- ${code(shortened(name, MAX_VALUE))}`),
    UP_TO.rest,
    'connectors that are not in any file',
  );
  return page.text();
}

/** Collects blocks within the limit, and counts what did not fit. */
class Page {
  readonly #blocks: string[] = [];
  readonly #leftOut: string[] = [];
  #bytes = 0;

  add(block: string): void {
    this.#blocks.push(block);
    this.#bytes += Buffer.byteLength(block) + 2;
  }

  /** A block of lines under a head. */
  list(head: string, lines: readonly string[], upTo: number, what: string): void {
    const fitting = this.#fitting(lines, upTo - Buffer.byteLength(head) - 4, what);
    const gap = head.startsWith('|') ? '\n' : '\n\n';
    if (fitting.length > 0) this.add(`${head}${gap}${fitting.join('\n')}`);
  }

  closed(title: string, lines: readonly string[], upTo: number, what: string): void {
    const fitting = this.#fitting(lines, upTo - title.length - 100, what);
    if (fitting.length > 0) this.add(details(`${title} (${lines.length})`, fitting.join('\n')));
  }

  /** Blocks of their own. One that is too long does not keep out those after it. */
  blocks(all: readonly string[], upTo: number, what: string): void {
    let left = 0;
    for (const block of all) {
      if (this.#bytes + Buffer.byteLength(block) <= upTo) this.add(block);
      else left += 1;
    }
    this.#leaveOut(left, what);
  }

  text(): string {
    const notice =
      this.#leftOut.length === 0
        ? []
        : [
            `**Not shown, because the length of a comment is limited:** ${this.#leftOut.join(', ')}. \`sluice plan\` shows all.`,
          ];
    return `${[...this.#blocks, ...notice].join('\n\n')}\n`;
  }

  #fitting(lines: readonly string[], upTo: number, what: string): string[] {
    let bytes = this.#bytes;
    const end = lines.findIndex((line) => {
      bytes += Buffer.byteLength(line) + 1;
      return bytes > upTo;
    });
    const fitting = end < 0 ? [...lines] : lines.slice(0, end);
    this.#leaveOut(lines.length - fitting.length, what);
    return fitting;
  }

  #leaveOut(number: number, what: string): void {
    if (number > 0) this.#leftOut.push(`${number} ${what}`);
  }
}

function problemsOf(plan: Plan): string[] {
  return [
    ...plan.broken.map(({ error }) => `- ${code(shortened(error.message, MAX_MESSAGE))}`),
    ...unreadableInPlan(plan).map(({ error }) => `- ${code(shortened(error.message, MAX_MESSAGE))}`),
  ];
}

function changeOfConnector(one: PlannedConnector): Change {
  const { name, action, file, keys, state, unknown, unset, consequences } = one;
  const title = code(shortened(name, MAX_VALUE));
  const removed = keys.filter(({ change }) => change === 'removed');
  const skipped = unknown.length + unset.length;
  return {
    title,
    action: ACTIONS[action],
    counts: [
      ...countsOf(keys),
      ...(state === null ? [] : [`${state.before ?? 'absent'} → ${state.after}`]),
      ...(skipped > 0 ? [`${skipped} not compared`] : []),
    ].join(', '),
    lines: [
      ...keys.flatMap(keyLines),
      ...(state === null ? [] : [`! state: ${state.before ?? 'absent'} → ${state.after}`]),
      ...unknown.map((key) => `? ${keyOf(key)}: masked by the worker, not compared`),
      ...unset.map((key) => `? ${keyOf(key)}: a variable is not set, not compared`),
    ],
    file,
    warnings: [
      ...(removed.length === 0 ? [] : [`- ${title}: removes ${keyList(removed.map(({ key }) => key))}`]),
      ...warningsOf(title, consequences),
    ],
  };
}

const ACTIONS = { create: 'create', update: 'update', state: 'change state', unchanged: 'unchanged' } as const;

function changeOfTopic(topic: ShownTopic): Change {
  const { name, action, declaredBy, partitions, replicationFactor, configs, consequences } = topic;
  const title = `topic ${code(shortened(name, MAX_VALUE))}`;
  const numbers = [
    ['partitions', partitions],
    ['replication factor', replicationFactor],
  ] as const;
  return {
    title,
    action: action === 'refused' ? '**refused**' : action,
    counts: [
      ...numbers.flatMap(([what, change]) =>
        change === null
          ? []
          : [`${what} ${change.before === null ? '' : `${change.before} → `}${change.after ?? 'default'}`],
      ),
      ...countsOf(configs),
    ].join(', '),
    lines: [
      ...numbers.flatMap(([what, change]) =>
        change === null
          ? []
          : [
              ...(change.before === null ? [] : [`- ${what} = ${change.before}`]),
              `+ ${what} = ${change.after ?? "the broker's default"}`,
            ],
      ),
      ...configs.flatMap(keyLines),
    ],
    file: `topics.${declaredBy}`,
    warnings: warningsOf(title, consequences),
  };
}

function warningsOf(title: string, consequences: PlannedConnector['consequences']): string[] {
  return consequences.map(({ key, message, todo }) => {
    const place = key === null ? title : `${title}, ${code(shortened(key, MAX_VALUE))}`;
    return `- ${place}: ${sentence(shortened(message, MAX_VALUE))} → ${sentence(shortened(todo, MAX_VALUE))}`;
  });
}

function countsOf(keys: readonly ShownKey[]): string[] {
  const count = (change: ShownKey['change']) => keys.filter((key) => key.change === change).length;
  const [added, changed, removed] = [count('added'), count('changed'), count('removed')];
  return [
    ...(added > 0 ? [`${added} added`] : []),
    ...(changed > 0 ? [`${changed} changed`] : []),
    ...(removed > 0 ? [`**${removed} removed**`] : []),
  ];
}

/** A changed key is a removed and an added line; a changed secret has the same mask on both. */
function keyLines({ key, change, before, after }: ShownKey): string[] {
  const name = keyOf(key);
  if (change === 'changed' && before === after) return [`! ${name} = ${shownValue(after, '!')} (changed)`];
  return [
    ...(before === null ? [] : [`- ${name} = ${shownValue(before, '-')}`]),
    ...(after === null ? [] : [`+ ${name} = ${shownValue(after, '+')}`]),
  ];
}

function keyOf(key: string): string {
  return shortened(key, MAX_VALUE).replaceAll('\n', ' ');
}

/** Each line of a value begins as the first one does: it must not end the fence. */
function shownValue(value: string | null, sign: string): string {
  return shortened(value ?? '', MAX_VALUE).replaceAll('\n', `\n${sign}     `);
}

function diffOf({ title, action, file, lines }: Change): string {
  const left = lines.length - MAX_LINES;
  const shown = left > 0 ? [...lines.slice(0, MAX_LINES), `? and ${left} more lines`] : lines;
  const where = file === undefined ? '' : ` (${code(shortened(file, MAX_VALUE))})`;
  return details(`${title}: ${action.replaceAll('*', '')}${where}`, fence('diff', shown));
}

function notCompared({ connectors }: Plan): string[] {
  return connectors.flatMap(({ name, unknown, unset }) => {
    const title = code(shortened(name, MAX_VALUE));
    return [
      ...(unknown.length > 0 ? [`- ${title}: ${keyList(unknown)} (masked by the worker)`] : []),
      ...(unset.length > 0 ? [`- ${title}: ${keyList(unset)} (a variable is not set)`] : []),
    ];
  });
}

function keyList(keys: readonly string[]): string {
  const more = keys.length - MAX_KEYS;
  const shown = keys.slice(0, MAX_KEYS).map((key) => code(shortened(key, MAX_KEY)));
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
