import type { TableReport } from '../../src/reconcile/report.ts';
import type { MatchedPair } from './columns.ts';
import type { OracleType, PairCase, Table } from './model.ts';

/** Differences of the definitions by `column what`: those that must be reported, and those that may be. */
interface Definitions {
  must: Set<string>;
  may: Set<string>;
}

/** What mode `schema` has to say; where the docs leave it open whether a type holds less, both answers will do. */
export function definitionDifferences(pair: PairCase, pairs: readonly MatchedPair[]): Definitions {
  const must = new Set<string>();
  const may = new Set<string>();
  for (const { source, target, comparer } of pairs) {
    const less =
      'refused' in comparer ? true : 'mayRefuse' in comparer ? undefined : holdsLess(source.type, target.type);
    if (less !== false) (less === true ? must : may).add(`${source.name} type`);
    if (allowsNull(source.name, pair.source) && !allowsNull(target.name, pair.target))
      ('refused' in comparer ? may : must).add(`${source.name} nullability`);
  }
  const named = new Map(pairs.map((one) => [one.source.name, one.target.name]));
  const left = pair.source.primaryKey.map((name) => named.get(name) ?? name);
  // Decision: the same columns in another order are another index, and may be called another key.
  if ([...left].sort().join('\0') !== [...pair.target.primaryKey].sort().join('\0')) must.add(' key');
  else if (left.join('\0') !== pair.target.primaryKey.join('\0')) may.add(' key');
  return { must, may };
}

function allowsNull(name: string, table: Table): boolean {
  const column = table.columns.find((one) => one.name === name);
  return column?.nullable === true && !table.primaryKey.includes(name) && column.identity === undefined;
}

/** Undefined where the docs do not decide it. */
export function holdsLess(a: OracleType, b: OracleType): boolean | undefined {
  if (JSON.stringify(a) === JSON.stringify(b)) return false;
  if (a.kind === 'integer' && b.kind === 'integer') {
    if (a.display === 'year' || b.display === 'year')
      return a.display === b.display ? false : b.display === 'year' ? true : undefined;
    return BigInt(b.min) > BigInt(a.min) || BigInt(b.max) < BigInt(a.max);
  }
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    if (a.money || b.money) return undefined;
    if (b.precision === undefined) return false;
    if (a.precision === undefined) return true;
    const whole = (type: typeof a) => (type.precision ?? 0) - (type.scale ?? 0);
    return (b.scale ?? 0) < (a.scale ?? 0) || whole(b) < whole(a);
  }
  if (a.kind === 'float' && b.kind === 'float') return b.bits < a.bits;
  if (a.kind === 'text' && b.kind === 'text') {
    if (b.latin1 && !a.latin1) return true;
    if (
      (a.vague && a.length !== undefined) ||
      (b.vague && a.length === undefined) ||
      (b.vague && b.length !== undefined)
    )
      return undefined;
    if (b.length === undefined) return false;
    return a.length === undefined || b.length < a.length;
  }
  if (a.kind === 'bytes' && b.kind === 'bytes') {
    if (b.vague && a.length === undefined) return undefined;
    if (b.length === undefined) return false;
    return a.length === undefined || b.length < a.length ? true : undefined;
  }
  if ((a.kind === 'timestamp' && b.kind === 'timestamp') || (a.kind === 'time' && b.kind === 'time'))
    return b.precision < a.precision ? true : a.zone === b.zone ? false : undefined;
  return undefined;
}

type Add = (kind: string, detail: string, columns?: readonly MatchedPair[]) => void;

export function judgeDefinitions(pair: PairCase, pairs: readonly MatchedPair[], report: TableReport, add: Add): void {
  const { must, may } = definitionDifferences(pair, pairs);
  const reported = new Set((report.schema ?? []).map(({ column, what }) => `${column} ${what}`));
  const named = (entry: string) => pairs.filter((one) => entry.startsWith(`${one.source.name} `));
  for (const entry of must) if (!reported.has(entry)) add('missed difference of definitions', entry, named(entry));
  for (const entry of reported)
    if (!must.has(entry) && !may.has(entry)) add('false difference of definitions', entry, named(entry));
  const expected = reported.size + report.oneSided.length > 0 ? 'different' : 'equal';
  if (report.verdict !== expected)
    add('wrong verdict', `definitions: expected ${expected}, reported ${report.verdict}`);
}
