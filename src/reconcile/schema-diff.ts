import type { ColumnPlan } from './columns.ts';
import type { TableInfo } from './model.ts';

/** What differs between two tables' definitions, apart from columns of one side only. */
export interface SchemaDifference {
  column: string;
  what: 'type' | 'nullability' | 'key';
  source: string;
  target: string;
}

/**
 * Differences that lose or refuse values: types with no common form or of lower precision, NOT NULL where the source
 * allows NULL, another key. A target that is wider or laxer is what connectors make, and no difference.
 */
export function schemaDifferences(source: TableInfo, target: TableInfo, plan: ColumnPlan): SchemaDifference[] {
  const differences: SchemaDifference[] = [];
  for (const { column } of plan.uncompared) {
    const left = source.columns.find((one) => one.name === column);
    const right = target.columns.find((one) => one.name.toLowerCase() === column.toLowerCase());
    differences.push({ column, what: 'type', source: left?.nativeType ?? '', target: right?.nativeType ?? '' });
  }
  for (const { source: left, target: right } of plan.pairs) {
    if (narrower(left, right)) {
      differences.push({ column: left.name, what: 'type', source: left.nativeType, target: right.nativeType });
    }
    if (left.nullable && !right.nullable) {
      differences.push({ column: left.name, what: 'nullability', source: 'NULL', target: 'NOT NULL' });
    }
  }
  const keys = [source, target].map((table) => table.primaryKey.map((name) => name.toLowerCase()));
  const renamed = (name: string) =>
    plan.pairs.find((pair) => pair.source.name.toLowerCase() === name)?.target.name.toLowerCase() ?? name;
  const [left = [], right = []] = keys;
  if (left.map(renamed).join() !== right.join()) {
    differences.push({
      column: '',
      what: 'key',
      source: left.join(', ') || 'none',
      target: right.join(', ') || 'none',
    });
  }
  return differences;
}

function narrower(
  { type: a }: ColumnPlan['pairs'][number]['source'],
  { type: b }: ColumnPlan['pairs'][number]['target'],
): boolean {
  if (a.family === 'integer' && b.family === 'integer') return size(b) < size(a);
  if (a.family === 'decimal' && b.family === 'decimal') {
    return b.scale !== undefined && (a.scale === undefined || b.scale < a.scale);
  }
  if ((a.family === 'decimal' || a.family === 'integer') && b.family === 'float') return true;
  if (a.family === 'decimal' && b.family === 'integer') return a.scale !== 0;
  if (a.family === 'float' && b.family === 'float') return b.bits < a.bits;
  if ((a.family === 'timestamp' && b.family === 'timestamp') || (a.family === 'time' && b.family === 'time')) {
    return b.precision < a.precision;
  }
  return false;
}

function size(type: { bits: number; unsigned?: boolean }): number {
  return type.bits + (type.unsigned ? 1 : 0);
}
