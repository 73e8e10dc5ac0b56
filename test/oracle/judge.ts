import type { ListedDifference, TableReport } from '../../src/reconcile/report.ts';
import { keyCandidates, type MatchedPair, matchColumns } from './columns.ts';
import { canonicalRows, type Difference, differencesOf } from './compare.ts';
import { judgeDefinitions } from './definitions.ts';
import { type Comparer, canonical } from './forms.ts';
import type { Cell, Engine, Mismatch, PairCase, Row } from './model.ts';
import { doubleBits, parts } from './numbers.ts';

export interface Sides {
  source: readonly Row[];
  target: readonly Row[];
}

export interface Judged {
  mismatches: Mismatch[];
  /** What differs by the oracle, for the check of a repair; undefined where the table was rightly refused. */
  differences?: Difference[];
  pairs?: MatchedPair[];
  key?: number[];
}

export interface RunMode {
  mode: 'rows' | 'checksums' | 'counts' | 'schema';
  limit: number;
  floatTolerance?: number | undefined;
}

/** Holds one table's report to what its rows say. */
export function judgeTable(
  pair: PairCase,
  engines: readonly [Engine, Engine],
  rows: Sides,
  report: TableReport,
  run: RunMode,
): Judged {
  const mismatches: Mismatch[] = [];
  const { pairs, oneSided } = matchColumns(pair, engines, run.floatTolerance);
  const types = (among: readonly MatchedPair[]) =>
    [...new Set(among.map(({ source, target }) => `${bare(source.declared)}→${bare(target.declared)}`))]
      .slice(0, 3)
      .join(' ');
  const add = (kind: string, detail: string, columns: readonly MatchedPair[] = []) =>
    mismatches.push({
      kind,
      signature: kind.includes('definitions')
        ? `${kind} | ${columns.map(({ source, target }) => `${source.type.kind}→${target.type.kind}`).join()} ${detail.split(' ').at(-1)}`
        : `${kind} | ${run.mode} | ${engines.map((one) => one.family).join('→')} | ${types(columns)}`,
      table: report.source,
      detail,
    });

  // Definitions can be seen by those from whom rows are hidden.
  if (pair.refuse !== undefined && run.mode !== 'schema') {
    if (report.error === undefined) add('compared what must be refused', `${pair.refuse}; verdict ${report.verdict}`);
    return { mismatches };
  }
  if (report.error !== undefined) {
    const why = mayFail(pair, pairs, report, engines);
    if (why === undefined) add('failed', `${report.error.code}: ${report.error.message}`);
    return { mismatches };
  }
  if ((report.contradictions ?? []).length > 0) add('contradiction', (report.contradictions ?? []).join('; '));
  const text = (list: readonly { side: string; column: string }[]) =>
    list
      .map((one) => `${one.side} ${one.column}`)
      .sort()
      .join(', ');
  if (text(report.oneSided) !== text(oneSided))
    add('one-sided columns', `expected [${text(oneSided)}], reported [${text(report.oneSided)}]`);

  const refused = new Set(report.uncompared.map((one) => one.column));
  for (const one of pairs) {
    if ('refused' in one.comparer && !refused.has(one.source.name))
      add('compared a pair without a common form', `${one.source.name}: ${one.comparer.refused}`, [one]);
    if (!('refused' in one.comparer) && refused.has(one.source.name) && mayRefuse(one, report, engines) === undefined) {
      const reason = report.uncompared.find(({ column }) => column === one.source.name)?.reason;
      add('refused a comparable pair', `${one.source.name}: ${reason}`, [one]);
    }
  }
  if (run.mode === 'schema') judgeDefinitions(pair, pairs, report, add);
  if (run.mode !== 'rows' && [report.missing, report.extra, report.different].some((count) => count !== null))
    add('counts that were not made', `missing ${report.missing}, extra ${report.extra}, different ${report.different}`);
  if (mismatches.length > 0 || run.mode === 'schema') return { mismatches };
  const compared = pairs.filter((one) => !('refused' in one.comparer) && !refused.has(one.source.name));

  if (run.mode === 'counts') return judgeCounts(rows, report, mismatches, add);

  const key = judgeKey(pair, compared, report, add);
  if (key === undefined) return { mismatches };
  const differences = differencesOf(
    canonicalRows(rows.source, compared, 'source'),
    canonicalRows(rows.target, compared, 'target'),
    compared,
    key,
  );
  if (report.rows.source !== rows.source.length || report.rows.target !== rows.target.length)
    add(
      'row counts',
      `expected ${rows.source.length}/${rows.target.length}, reported ${report.rows.source}/${report.rows.target}`,
    );
  const expected =
    differences.length > 0 || oneSided.length > 0 ? 'different' : refused.size > 0 ? 'incomplete' : 'equal';
  const involved = (list: readonly Difference[]) => {
    const names = new Set(list.flatMap((one) => (one.kind === 'different' ? (one.columns ?? []) : [])));
    return compared.filter((one) => names.size === 0 || names.has(one.source.name));
  };
  if (report.verdict !== expected) {
    const what =
      report.verdict === 'equal' ? 'false equal' : report.verdict === 'undetermined' ? 'undetermined' : 'wrong verdict';
    add(
      what,
      `expected ${expected}, reported ${report.verdict}; ${differences.length} differences: ${show(differences)}`,
      involved(differences),
    );
  }
  if (run.mode === 'rows') judgeList(differences, report, compared, key, run, add);
  if (
    mismatches.length > 0 &&
    key.length === 0 &&
    compared.some((one) => isSoft(one.comparer)) &&
    isCareful(rows, report)
  )
    return { mismatches: [] };
  return { mismatches, differences, pairs: compared, key };
}

type Add = (kind: string, detail: string, columns?: readonly MatchedPair[]) => void;

function bare(declared: string): string {
  return declared
    .replace(/'[^']*'(,'[^']*')*/g, '…')
    .replace(/\(.*?\)/g, '')
    .replace(/^o\d+_\d+x?_/, 'own_')
    .replace(/CHARACTER SET \w+ ?/g, '');
}

/**
 * Without a key no two rows can be laid side by side, and values that are spelled in two ways (JSON, durations) are two rows.
 * Decision: that is allowed, as long as nothing is called equal that is not, and the numbers fit.
 */
function isCareful({ source, target }: Sides, { verdict, missing, extra }: TableReport): boolean {
  return (
    verdict === 'different' && (missing === null || extra === null || missing - extra === source.length - target.length)
  );
}

function mayFail(
  pair: PairCase,
  pairs: readonly MatchedPair[],
  report: TableReport,
  engines: readonly [Engine, Engine],
): string | undefined {
  if (report.error?.code !== 'TABLE_NOT_COMPARABLE') return undefined;
  const comparable = pairs.filter((one) => !('refused' in one.comparer) && one.comparer.mayRefuse === undefined);
  const soft = (name: string) => comparable.some((one) => one.source.name === name && isSoft(one.comparer));
  const keyless = keyCandidates(pair, comparable).every((key) => key.length === 0 || key.some(soft));
  const left = keyless ? comparable.filter((one) => mayRefuse(one, report, engines) === undefined) : comparable;
  if (left.length === 0) return 'nothing can be compared';
  if (pair.own.key !== undefined) {
    const usable = pair.own.key.every((name) =>
      comparable.some((one) => one.source.name === name && !isSoft(one.comparer)),
    );
    if (!usable) return 'the key cannot be compared';
  }
  return undefined;
}

/** Values of which unequal texts may be equal: the docs keep these out of keys. */
function isSoft(comparer: Comparer): boolean {
  return 'refused' in comparer || comparer.same !== undefined || comparer.as === 'json' || comparer.as === 'interval';
}

function mayRefuse(
  { comparer, source, target }: MatchedPair,
  report: TableReport,
  engines: readonly [Engine, Engine],
): string | undefined {
  if ('refused' in comparer) return comparer.refused;
  if (comparer.mayRefuse !== undefined) return comparer.mayRefuse;
  // Without a key two rows cannot be laid side by side, so that only texts can be compared.
  if (report.key.length > 0) return undefined;
  if (comparer.same !== undefined) return 'a rule without a key';
  const oneType =
    engines[0].name === engines[1].name && source.declared === target.declared && source.type.kind === target.type.kind;
  return isSoft(comparer) && !oneType ? 'no key' : undefined;
}

function judgeCounts(rows: Sides, report: TableReport, mismatches: Mismatch[], add: Add): Judged {
  if (report.rows.source !== rows.source.length || report.rows.target !== rows.target.length)
    add(
      'row counts',
      `expected ${rows.source.length}/${rows.target.length}, reported ${report.rows.source}/${report.rows.target}`,
    );
  const differ = rows.source.length !== rows.target.length;
  if (differ !== (report.verdict === 'different') && !(report.oneSided.length > 0 && report.verdict === 'different'))
    add(
      differ ? 'false equal' : 'wrong verdict',
      `rows ${rows.source.length}/${rows.target.length}, verdict ${report.verdict}`,
    );
  return { mismatches };
}

/** Positions of the key among the compared pairs; undefined where it is not one that the docs allow. */
function judgeKey(
  pair: PairCase,
  compared: readonly MatchedPair[],
  report: TableReport,
  add: Add,
): number[] | undefined {
  const candidates = keyCandidates(pair, compared);
  const reported = JSON.stringify([...report.key].sort());
  for (const candidate of candidates) {
    if (JSON.stringify([...candidate].sort()) === reported)
      return report.key.map((name) => compared.findIndex((one) => one.source.name === name));
    // A better key than the reported one: there must be a reason to pass over it.
    const soft = candidate.some((name) => compared.some((one) => one.source.name === name && isSoft(one.comparer)));
    const unique = pair.source.unique.length + pair.target.unique.length > 0;
    if (!soft && !unique) break;
  }
  add('key', `expected one of ${JSON.stringify(candidates)}, reported ${JSON.stringify(report.key)}`);
  return undefined;
}

function judgeList(
  expected: readonly Difference[],
  report: TableReport,
  compared: readonly MatchedPair[],
  key: readonly number[],
  run: RunMode,
  add: Add,
): void {
  const count = (kind: Difference['kind']) =>
    expected.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.rows, 0);
  for (const kind of ['missing', 'extra', 'different'] as const)
    if (report[kind] !== count(kind))
      add('wrong count', `${kind}: expected ${count(kind)}, reported ${report[kind]}; expected ${show(expected)}`);
  const listed = report.differences;
  // Suspicions that turn out to be none (JSON, tolerances) may have taken places of the list: then it is shorter, and says so.
  const soft = compared.some((one) => isSoft(one.comparer));
  const full = Math.min(run.limit, expected.length);
  if (listed.length > full || (listed.length < full && !soft) || listed.length + report.unlisted !== expected.length)
    add(
      'list length',
      `${listed.length} listed and ${report.unlisted} unlisted of ${expected.length}, limit ${run.limit}`,
    );
  const open = [...expected];
  const unexpected: ListedDifference[] = [];
  for (const one of listed) {
    const at = open.findIndex((other) => matches(one, other, compared, key));
    if (at === -1) unexpected.push(one);
    else open.splice(at, 1);
  }
  const columns = (names: readonly string[]) => compared.filter((one) => names.includes(one.source.name));
  for (const one of unexpected.slice(0, 3)) {
    const other = open.find((candidate) => sameKey(one, candidate, compared, key));
    add(
      other === undefined ? 'false difference' : 'difference described wrongly',
      `reported ${JSON.stringify(one)}${other === undefined ? '' : `, expected ${show([other])}`}`,
      columns(one.kind === 'different' ? one.columns.map(({ column }) => column) : Object.keys(one.key)),
    );
  }
  if (report.unlisted === 0)
    for (const one of open.slice(0, 3))
      if (!unexpected.some((other) => sameKey(other, one, compared, key)))
        add('missed difference', show([one]), columns(one.columns ?? []));
}

function sameKey(
  listed: ListedDifference,
  expected: Difference,
  compared: readonly MatchedPair[],
  key: readonly number[],
): boolean {
  if (key.length === 0) return false;
  return key.every((at, index) => {
    const column = compared[at] as MatchedPair;
    return means(column, listed.key[column.source.name] ?? null, expected.key[index] ?? null);
  });
}

function matches(
  listed: ListedDifference,
  expected: Difference,
  compared: readonly MatchedPair[],
  key: readonly number[],
): boolean {
  if (listed.kind !== expected.kind || listed.rows !== expected.rows) return false;
  if (key.length > 0 && !sameKey(listed, expected, compared, key)) return false;
  if (key.length > 0 && expected.columns === undefined) return true;
  const names = listed.columns.map(({ column }) => column);
  const wanted = expected.columns ?? compared.map((one) => one.source.name);
  if (names.length !== wanted.length || !wanted.every((name) => names.includes(name))) return false;
  return listed.columns.every(({ column, source, target }) => {
    const at = compared.findIndex((one) => one.source.name === column);
    const one = compared[at];
    if (one === undefined) return false;
    const shown = (text: Cell | undefined, side: 'source' | 'target') => {
      const cells = expected[side];
      if (cells === undefined) return text === undefined;
      return text !== undefined && means(one, text, cells[at] ?? null, side);
    };
    return shown(source, 'source') && shown(target, 'target');
  });
}

/** Whether a text of a report is the value that is meant, however it is written. */
function means({ comparer }: MatchedPair, text: Cell, value: Cell, side?: 'source' | 'target'): boolean {
  if (text === null || value === null) return text === value;
  if (text === value) return true;
  if ('refused' in comparer) return false;
  const sides = side === undefined ? (['source', 'target'] as const) : [side];
  if (sides.some((one) => canonical(comparer[one], text) === value)) return true;
  // Text that is no uuid may be shown in the small letters that it was compared in, and engines know other ones.
  if (comparer.as === 'uuid' && ![text, value].some((one) => /^[0-9a-f-]{36}$/.test(one))) return true;
  // A double may be shown as its bits, or as a decimal; a decimal beside one as itself or as the double that it is held as.
  if (comparer.as === 'float') return parts(text) !== undefined && doubleBits(Number(text)) === value;
  return false;
}

export function show(differences: readonly Difference[]): string {
  const text = JSON.stringify(differences.slice(0, 3));
  return text.length > 1500 ? `${text.slice(0, 1500)}…` : text;
}
