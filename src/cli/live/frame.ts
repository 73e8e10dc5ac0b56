import textWidth from 'fast-string-width';
import { causeOf } from '../../serve/reading.ts';
import type { ConnectorSnapshot } from '../../serve/snapshot.ts';
import { durationText } from '../../text/duration.ts';
import { thousands } from '../../text/thousands.ts';
import { visibleTree } from '../../text/visible.ts';
import type { Size } from '../screen.ts';
import type { Style } from '../style.ts';
import { type Column, renderTable } from '../table.ts';
import { configLines, topicLines } from '../views/describe.ts';
import { behindText, lagText, paintHealth, problems, rateText, sparkLine, tasksText } from '../views/health.ts';
import { countsText, failureLines } from '../views/monitor.ts';
import { detail } from '../views/status.ts';
import { endOf, isStale, scrolled } from '../views/watch-screen.ts';
import { clipLine, wrapWords } from '../wrap-lines.ts';
import { type LiveModel, nameShown, type Room, TABS, verbText } from './model.ts';

/** What is drawn, and what the next key needs to know about it. */
export interface Frame extends Room {
  lines: string[];
}

/** Below this width, signs stand for words. */
const NARROW = 60;
/** Below this height, no line is left empty. */
const SMALL = 8;
/** Lines about the selected connector. */
const ABOUT = 3;
/** The last error has a column if there is this much room. */
const LEAST_ERROR = 16;

const KEYS = [
  ['j k, arrows, PgUp PgDn, g G', 'select, or scroll'],
  ['enter', 'open a connector, or close it'],
  ['tab, arrows, 1 to 4', 'of an open one: tasks, trace, topics, config'],
  ['/', 'filter by name; esc clears the filter'],
  ['s', 'sort: health, name, lag, behind, rate'],
  ['r', 'restart what has failed in the selected connector'],
  ['p', 'pause it'],
  ['u', 'resume it'],
  ['?', 'this list'],
  ['q, Ctrl-C', 'quit'],
] as const;

/** Draws the model. Pure. @param now ms since 1970 */
export function liveFrame(
  model: LiveModel,
  { width, height }: Size,
  given: Style,
  now: number,
  complete: (text: string) => string = (text) => text,
): Frame {
  const style = { ...given, width, interactive: true };
  const head = [headLine(model, style, now), ...unreadLines(model, style, now, height)];
  const foot = [...messageLines(model, style), style.color.dim(keysLine(model, width))];
  const above = height < SMALL ? head : [...head, ''];
  const room = Math.max(1, height - above.length - foot.length);
  const inside = model.help
    ? scrolled(helpLines(style), 0, room)
    : model.nav.open
      ? scrolled(openLines(model, style, complete), model.nav.top, room)
      : listed(model, style, room, complete);
  const filler = Array<string>(Math.max(0, room - inside.lines.length)).fill('');
  const lines = [...above, ...inside.lines, ...filler].slice(0, Math.max(0, height - foot.length));
  return { ...inside, lines: [...lines, ...foot].slice(-height) };
}

function headLine(
  { context, everyMs, rows, snapshot, sort, nav }: LiveModel,
  { color, width }: Style,
  now: number,
): string {
  const all = snapshot?.connectors.length ?? 0;
  const count = nav.filter === '' ? thousands(all) : `${thousands(rows.length)} of ${thousands(all)}`;
  const time = `${new Date(now).toISOString().slice(11, 19)} UTC`;
  const parts = [color.bold(visibleTree({ context }).context), count, `by ${sort}`];
  const more = [...parts, `every ${durationText(everyMs)}`, time].join(' · ');
  return textWidth(more) > width ? parts.join(' · ') : more;
}

/** Why what is shown may not be so. */
function unreadLines({ snapshot, readAt, everyMs }: LiveModel, style: Style, now: number, height: number): string[] {
  if (snapshot === undefined) return [];
  const { error, failures } = visibleTree({ error: snapshot.error, failures: snapshot.failures });
  const { color, width } = style;
  const lines = [
    ...(error === null ? [] : [color.red(`Error: ${error.message}`)]),
    ...(readAt !== undefined && (error !== null || isStale(new Date(readAt).toISOString(), everyMs, now))
      ? [
          color.yellow(
            `As of ${new Date(readAt).toISOString().slice(11, 19)}, ${Math.round((now - readAt) / 1000)} s ago.`,
          ),
        ]
      : []),
    ...failureLines(failures, style),
  ];
  return wrapped(lines, width).slice(0, Math.max(1, Math.floor(height / 4)));
}

/** A question, or what became of the last one. */
function messageLines(
  { question, working, notice, context, protected: isProtected, nav }: LiveModel,
  style: Style,
): string[] {
  const { color, width } = style;
  if (question !== undefined) {
    const where = visibleTree({ context }).context;
    const what = question.verb === 'restart' ? `restart what has failed in ${nameShown(question)}` : verbText(question);
    const text = isProtected
      ? `Context ${where} is protected. This will ${what}. Type its name to continue:`
      : `${what[0]?.toUpperCase()}${what.slice(1)} on ${where}? y/N`;
    const lines = wrapWords(color.yellow(text), width).split('\n');
    return isProtected ? [...lines, `${endOf(question.typed, width - 1)}${color.inverse(' ')}`] : lines;
  }
  if (nav.typing) return [`/${endOf(nav.filter, width - 2)}${color.inverse(' ')}`];
  if (notice !== undefined) {
    const paint = { good: color.green, bad: color.red, none: color.yellow }[notice.tone];
    return wrapWords(paint(visibleTree({ message: notice.text }).message), width)
      .split('\n')
      .slice(0, ABOUT);
  }
  return working === undefined ? [] : [color.yellow(clipLine(`… ${verbText(working)}`, width))];
}

function keysLine({ nav, question, protected: isProtected, help }: LiveModel, width: number): string {
  if (question !== undefined)
    return isProtected ? 'enter confirms · esc cancels' : 'y confirms · any other key cancels';
  if (help) return 'any key: back';
  if (nav.typing) return 'enter keeps the filter · esc clears it';
  if (nav.open) return 'q quit · esc back · tab next · r p u · ? help';
  const filter = nav.filter === '' ? '/ filter' : `/${nav.filter}`;
  if (width < NARROW) return `q quit · ? help · ${filter}`;
  return `q quit · ? help · j/k enter · s sort · ${filter} · r restart · p pause · u resume`;
}

function helpLines({ width, color }: Style): string[] {
  const column = Math.max(...KEYS.map(([keys]) => keys.length)) + 2;
  return KEYS.flatMap(([keys, does]) =>
    width < NARROW
      ? [color.bold(keys), ...wrapWords(`  ${does}`, width).split('\n')]
      : [`${color.bold(keys)}${' '.repeat(column - keys.length)}${does}`],
  );
}

/** The rows that fit, and why the selected one is not healthy. */
function listed(
  model: LiveModel,
  style: Style,
  room: number,
  complete: (text: string) => string,
): Room & { lines: string[] } {
  const { rows, nav, snapshot } = model;
  const { width } = style;
  if (snapshot === undefined) return { lines: [], page: 0, bottom: 0 };
  const at = rows.findIndex(({ name }) => name === nav.selected);
  const about = wrapped(problems(visibleTree(rows[Math.max(0, at)] ?? NONE), style).map(complete), width);
  const kept = room < 2 * SMALL ? [] : about.slice(0, Math.max(ABOUT, Math.floor(room / 3)));
  const below = [
    ...(kept.length === 0 ? [] : ['', ...kept]),
    ...(room < SMALL ? [] : ['', ...wrapped([countsText(snapshot.connectors)], width)]),
  ];
  const page = Math.max(1, room - below.length - 1);
  // The cursor stays in the middle, where there is more on both sides.
  const from = Math.max(0, Math.min(at - Math.floor(page / 2), rows.length - page));
  const shown = visibleTree(rows.slice(from, from + page));
  const table =
    shown.length === 0
      ? [nav.filter === '' ? 'No connectors.' : `No connector is called …${nav.filter}…`]
      : tableLines(shown, at - from, model.trend, rows.slice(from, from + page), style);
  return {
    lines: [...table, ...Array<string>(Math.max(0, page + 1 - table.length)).fill(''), ...below],
    page,
    bottom: 0,
  };
}

const NONE = { reasons: [], health: 'healthy', group: null } as unknown as ConnectorSnapshot;

/** The table, and the last error of each row in the room that is left. */
function tableLines(
  shown: readonly ConnectorSnapshot[],
  cursor: number,
  trend: LiveModel['trend'],
  raw: readonly ConnectorSnapshot[],
  style: Style,
): string[] {
  const { color, width } = style;
  const rows = shown.map((one, index) => ({ one, spark: sparkLine(trend.get(raw[index]?.name ?? '') ?? []), index }));
  type Row = (typeof rows)[number];
  const of =
    (value: (one: ConnectorSnapshot) => string) =>
    ({ one }: Row) =>
      value(one);
  const columns: Column<Row>[] = [
    { header: '', value: ({ index }) => (index === cursor ? color.bold('❯') : ' ') },
    {
      header: width < NARROW ? '' : 'health',
      value: of(({ health }) => paintHealth(health, style, width < NARROW)),
    },
    { header: 'connector', value: of(({ name }) => clipLine(name, Math.max(12, Math.floor(width / 2) - 4))) },
    { header: 'tasks', value: of(tasksText), align: 'right', optional: 2 },
    { header: 'lag', value: of(lagText), align: 'right', optional: 1 },
    { header: 'behind', value: of(behindText), align: 'right', optional: 3 },
    { header: 'rec/s', value: of(({ recordsPerSecond }) => rateText(recordsPerSecond)), align: 'right', optional: 4 },
    { header: 'trend', value: ({ spark }) => spark, optional: 5 },
  ];
  const lines = renderTable(columns, rows, style, { blocks: false }).split('\n');
  const widest = Math.max(...lines.map((line) => textWidth(line)));
  const left = width - widest - 2;
  if (left < LEAST_ERROR || !shown.some((one) => causeOf(one) !== null)) return lines;
  const errors = [color.bold('LAST ERROR'), ...shown.map((one) => clipLine(causeOf(one) ?? '', left))];
  return lines.map((line, index) =>
    errors[index] ? `${line}${' '.repeat(widest - textWidth(line) + 2)}${errors[index]}` : line,
  );
}

/** The connector that was opened. */
function openLines(model: LiveModel, style: Style, complete: (text: string) => string): string[] {
  const { nav, tab, rows, described, context } = model;
  const { color } = style;
  const name = nav.selected ?? '';
  const raw = rows.find((one) => one.name === name);
  const tabs = TABS.map((one, index) => (one === tab ? color.inverse(` ${one} `) : ` ${index + 1} ${one} `)).join('');
  if (raw === undefined) return [tabs, '', `${nameShown({ name })} is no longer shown.`];
  const one = visibleTree(raw);
  const about = described?.name === name ? described : undefined;
  const fromWorker = (
    lines: (description: Extract<typeof about, { description: object }>['description']) => string[],
  ) =>
    about === undefined
      ? ['…']
      : 'failure' in about
        ? [color.red(visibleTree({ message: about.failure }).message)]
        : lines(visibleTree(about.description));
  const body = {
    tasks: () => [detail(one, visibleTree({ context }).context, style), '', ...numberLines(one)],
    trace: () => traceLines(one),
    topics: () => fromWorker((description) => topicLines(description, style)),
    config: () => fromWorker((description) => configLines(description, style)),
  }[tab]();
  return wrapped([tabs, '', ...body.flatMap((text) => text.split('\n')).map(complete)], style.width);
}

function numberLines(one: ConnectorSnapshot): string[] {
  const { deadLetters } = one;
  return [
    `behind:    ${behindText(one)}`,
    `records/s: ${rateText(one.recordsPerSecond)}`,
    `errors:    ${rateText(one.errorsPerMinute)} a minute`,
    ...(deadLetters === null
      ? []
      : [
          `queue:     ${deadLetters.queue}: ${rateText(deadLetters.depth)} dead letters, ${rateText(one.deadLettersPerMinute)} a minute`,
        ]),
  ];
}

function traceLines({ cause, trace, taskList }: ConnectorSnapshot): string[] {
  const lines = [
    ...(trace === null ? [] : [`connector: ${cause ?? ''}`, '', ...trace.trimEnd().split('\n'), '']),
    ...taskList.flatMap((task) =>
      task.trace === null ? [] : [`task ${task.id}: ${task.cause ?? ''}`, '', ...task.trace.trimEnd().split('\n')],
    ),
  ].map((line) => line.replaceAll('\t', '    '));
  return lines.length === 0 ? ['Nothing has failed.'] : lines;
}

/** Frames of a stack trace are cut instead. */
function wrapped(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) =>
    textWidth(line) <= width || /^ +at /.test(line) ? [line] : wrapWords(line, width).split('\n'),
  );
}
