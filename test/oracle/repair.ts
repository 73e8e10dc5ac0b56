import { reconcileExit } from '../../src/reconcile/exit.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import type { ReconcileReport } from '../../src/reconcile/report.ts';
import { optionsFor, ports, readPair, type Site, thrown } from './batch.ts';
import { canonicalRows, type Difference, differencesOf } from './compare.ts';
import { openDatabase, readTable } from './database.ts';
import { canHoldRow, mayCollide } from './holdable.ts';
import { type Judged, judgeTable, type RunMode, type Sides } from './judge.ts';
import type { Case, Mismatch, PairCase, Row } from './model.ts';
import type { RunOptions } from './options.ts';

export interface RepairRun {
  mode: 'apply' | 'sql';
  allowDelete: boolean;
}

export interface Snapshot {
  /** What the comparison sees. */
  compared: Sides;
  /** Everything, whatever the condition. */
  all: Sides;
}

/** Reasons of the target's own types and constraints: what cannot be written cannot be repaired. */
const SEVERAL = /several rows have this key/;
const NOT_WHOLE = /excluded from the comparison/;
const CANNOT_HOLD =
  /too long|out of range|null value|cannot be null|incorrect .*value|invalid |truncated|not-null|has no value|violates check|cannot be written|does not fit|cannot hold|overflow|0x00|no partition|Unknown character|not comparable|CONSTRAINT .* failed|default value|unsupported Unicode|malformed/i;

/** Repairs one case, and holds the result to: alike, or named as left; and no row changed but those named. */
export async function repairCase(site: Site, made: Case, options: RunOptions, repair: RepairRun): Promise<Mismatch[]> {
  const { fence: _fence, shards: _shards, ...rest } = options;
  const run: RunOptions = { ...rest, mode: 'rows', limit: 10_000 };
  const before = await snapshots(site, made);
  const lines: string[] = [];
  let report: ReconcileReport;
  try {
    report = await reconcile(
      {
        ...optionsFor(site, [made], run),
        repair:
          repair.mode === 'apply'
            ? { mode: 'apply', allowDelete: repair.allowDelete, confirm: async () => {} }
            : { mode: 'sql', allowDelete: repair.allowDelete, write: (line) => lines.push(line) },
      },
      ports,
    );
  } catch (error) {
    const one = thrown(error);
    return [{ ...one, kind: `repair: ${one.kind}`, signature: `repair ${repair.mode}: ${one.signature}` }];
  }
  const failure = repair.mode === 'sql' && lines.length > 0 ? await runScript(site, lines) : undefined;
  const outcome = { report, before, after: await snapshots(site, made), script: { lines, failure } };
  return judgeRepair(made, outcome, run, repair);
}

/** What a repair was given, what it said, and what is there afterwards. */
export interface Outcome {
  report: ReconcileReport;
  before: readonly Snapshot[];
  after: readonly Snapshot[];
  script: { lines: readonly string[]; failure: string | undefined };
}

export function judgeRepair(
  made: Case,
  { report, before, after, script }: Outcome,
  run: RunMode,
  repair: RepairRun,
): Mismatch[] {
  const mismatches: Mismatch[] = [];
  const add = (kind: string, table: string, detail: string) =>
    mismatches.push({
      kind: `repair: ${kind}`,
      signature: `repair ${repair.mode}: ${kind} | ${made.engines.map((one) => one.family).join('→')} | ${made.features.join(', ')}`,
      table,
      detail: `${detail}; repair ${JSON.stringify({ ...report.repair, script: undefined })}`,
    });
  let open = 0;
  let incomplete = false;
  // Some row cannot be written whatever is done, by the target's types or unique keys.
  let impossible = false;
  for (const [at, pair] of made.tables.entries()) {
    const table = report.tables[at];
    const was = before[at];
    const is = after[at];
    if (table === undefined || was === undefined || is === undefined) continue;
    const judged = judgeTable(pair, made.engines, was.compared, table, run);
    // What the comparison itself has wrong is another mismatch, which is found without a repair.
    if (judged.mismatches.length > 0 || judged.differences === undefined) {
      incomplete = true;
      if (table.error !== undefined && changed(was.all.target, is.all.target))
        add('wrote to a table that was not compared', table.target, '');
      continue;
    }
    if (changed(was.all.source, is.all.source)) add('the source was written to', table.source, '');
    const rest = remaining(judged, is.compared).reduce((sum, one) => sum + one.rows, 0);
    open += rest;
    const { pairs = [] } = judged;
    const engine = made.engines[1];
    impossible ||=
      pair.own.where !== undefined ||
      mayCollide(was.compared.source, pairs, pair.target) ||
      !was.compared.source.every((row) => canHoldRow(row, pairs, pair.target, engine));
    const told = report.repair?.tables.find((one) => one.source === table.source && one.table === table.target);
    const clean = table.oneSided.length + table.uncompared.length === 0;
    if (told?.after !== undefined && (told.after.verdict === 'equal') !== (rest === 0 && clean))
      add(
        'the comparison afterwards is wrong',
        table.target,
        `${rest} rows still differ, reported ${told.after.verdict}`,
      );
    if (table.oneSided.length + table.uncompared.length > 0) incomplete = true;
    // A script writes what it is told: a value that the target changes (BINARY is padded) is another row then.
    const scripted = repair.mode === 'sql' && impossible;
    for (const detail of scripted ? [] : strayChanges(pair, made, judged, was.all.target, is.all.target, repair))
      add('a row changed that was not named', table.target, detail);
  }
  const { failure, lines } = script;
  if (failure !== undefined && !isHostile(made) && !impossible && repair.allowDelete && !CANNOT_HOLD.test(failure))
    add('the script fails', '', `${failure}\n${lines.join('\n')}`);
  if (report.repair === undefined) return mismatches;
  const left = report.repair.left.reduce((sum, one) => sum + one.rows, 0);
  const exit = reconcileExit(report);
  const failed = report.tables.some((table) => table.error !== undefined);
  if (open > 0 && exit === 0) add('exit 0 though rows differ', '', `${open} rows still differ`);
  // What becomes of a script is not for its author to know, where the target has a will of its own or takes no such value.
  else if (
    open > left &&
    !failed &&
    !incomplete &&
    (repair.mode === 'apply' || (failure === undefined && !isHostile(made) && !impossible))
  )
    add('rows left that no one names', '', `${open} rows still differ, ${left} are named as left`);
  if (repair.mode === 'apply' && open === 0 && exit !== 0 && !incomplete && !failed)
    add('repaired, but not exit 0', '', `exit ${exit}`);
  if (
    open > 0 &&
    !incomplete &&
    !failed &&
    !impossible &&
    !isHostile(made) &&
    repair.allowDelete &&
    repair.mode === 'apply'
  ) {
    const reasons = report.repair.left.map(({ reason }) => reason);
    const unnamed = reasons.some((reason) => SEVERAL.test(reason));
    const odd = report.repair.left.filter(
      ({ reason }) =>
        !CANNOT_HOLD.test(reason) &&
        !SEVERAL.test(reason) &&
        !NOT_WHOLE.test(reason) &&
        !/no key|without a key/i.test(reason) &&
        // A row that no statement can name may own the value of another unique key.
        !(unnamed && /duplicate/i.test(reason)),
    );
    if (odd.length > 0) add('left though it could be repaired', '', `${odd.map(({ reason }) => reason).join('; ')}`);
  }
  return mismatches;
}

function isHostile({ features }: Case): boolean {
  return features.some((feature) => /^(trigger|rule|policy|foreign key|generated otherwise|inherited)/.test(feature));
}

async function snapshots(site: Site, made: Case): Promise<Snapshot[]> {
  const all: Snapshot[] = [];
  for (const pair of made.tables) {
    const compared = await readPair(site, pair);
    all.push({ compared, all: pair.own.where === undefined ? compared : await everything(site, pair) });
  }
  return all;
}

async function everything(site: Site, pair: PairCase): Promise<Sides> {
  return { source: await readTable(site.source, pair.source), target: await readTable(site.target, pair.target) };
}

function changed(before: readonly Row[], after: readonly Row[]): boolean {
  const text = (rows: readonly Row[]) => JSON.stringify(rows.map((row) => JSON.stringify(row)).sort());
  return text(before) !== text(after);
}

function remaining({ pairs = [], key = [] }: Judged, sides: Sides): Difference[] {
  return differencesOf(
    canonicalRows(sides.source, pairs, 'source'),
    canonicalRows(sides.target, pairs, 'target'),
    pairs,
    key,
  );
}

/** Rows of the target that are not as they were, although nothing was said of them, or more was done than was said. */
function strayChanges(
  pair: PairCase,
  made: Case,
  { differences = [], pairs = [], key = [] }: Judged,
  before: readonly Row[],
  after: readonly Row[],
  repair: RepairRun,
): string[] {
  const keyOf = (row: Row) =>
    JSON.stringify(canonicalRows([row], pairs, 'target')[0]?.filter((_, at) => key.includes(at)) ?? []);
  const ordered = (cells: readonly unknown[]) => JSON.stringify(cells);
  const position = [...key].sort((a, b) => a - b);
  const named = new Map(differences.map((one) => [ordered(position.map((at) => one.key[key.indexOf(at)])), one]));
  const group = (rows: readonly Row[]) => Map.groupBy(rows, keyOf);
  const was = group(before);
  const is = group(after);
  const stray: string[] = [];
  // A script cannot see that a trigger gives a row that it writes another key.
  const rekeyed = made.features.includes('trigger change INSERT')
    ? 'missing'
    : made.features.includes('trigger change UPDATE')
      ? 'different'
      : undefined;
  let renamed =
    repair.mode === 'sql' ? [...named].filter(([id, { kind }]) => kind === rekeyed && !is.has(id)).length : 0;
  for (const id of new Set([...was.keys(), ...is.keys()])) {
    const old = was.get(id) ?? [];
    const now = is.get(id) ?? [];
    if (!changed(old, now)) continue;
    const difference = key.length === 0 ? undefined : named.get(id);
    if (
      difference === undefined &&
      now.length - old.length <= renamed &&
      old.every((row, at) => !changed([row], [now[at] ?? []]))
    ) {
      renamed -= now.length - old.length;
      continue;
    }
    if (difference === undefined) stray.push(`key ${id}: ${JSON.stringify(old)} became ${JSON.stringify(now)}`);
    else if (difference.kind === 'extra' && !repair.allowDelete)
      stray.push(
        `key ${id}: an extra row was changed or deleted without leave: ${JSON.stringify(old)} became ${JSON.stringify(now)}`,
      );
    else if (
      difference.kind === 'different' &&
      difference.columns !== undefined &&
      old.length === 1 &&
      now.length === 1 &&
      !isHostile(made)
    ) {
      const others = pair.target.columns.flatMap((column, at) => {
        const source = pairs.find((one) => one.target === column)?.source.name;
        const may = column.generated !== undefined || (source !== undefined && difference.columns?.includes(source));
        return may || old[0]?.[at] === now[0]?.[at] ? [] : [column.name];
      });
      if (others.length > 0)
        stray.push(
          `key ${id}: columns ${others.join(', ')} changed too: ${JSON.stringify(old)} became ${JSON.stringify(now)}`,
        );
    }
  }
  return stray.slice(0, 3);
}

/** Runs the script as a person would, on a connection of its own. */
async function runScript(site: Site, lines: readonly string[]): Promise<string | undefined> {
  const database = await openDatabase(site.target.engine, site.target.url);
  try {
    await database.run(lines.join('\n'));
    return undefined;
  } catch (error) {
    await database.run('ROLLBACK').catch(() => {});
    return (error as Error).message;
  } finally {
    await database.close();
  }
}
