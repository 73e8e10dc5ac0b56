import { displayName } from '../../config/database-url.ts';
import { fingerprintOf } from '../compare/checkpoint.ts';
import type { TablePair } from '../compare/table-pair.ts';
import type { ReconcileOptions } from '../options.ts';

/**
 * Identifies a scan that can be resumed. It includes the servers, since another may have the address by now, the files
 * whose blocks bound the parts, and how hashes are combined.
 */
export function scanOf(
  pair: TablePair,
  options: Pick<ReconcileOptions, 'source' | 'target' | 'rowsPerBucket'>,
): string {
  const files = [pair.source, pair.target].map(({ table: { splitting } }) =>
    splitting?.by === 'blocks' ? splitting.file : null,
  );
  const servers = [pair.source, pair.target].map(({ session: { server } }) => server.installation ?? server.identity);
  return fingerprintOf([comparisonOf(pair, options), servers, files, pair.source.queries.combine]);
}

/**
 * Identifies a comparison of two tables: databases, tables, columns and their forms, what is excluded, key, hash,
 * condition and shard. Runs with the same text compute sums that can be merged and skip the same things.
 */
export function comparisonOf(
  { source, target, plan, hash, where, shard }: TablePair,
  options: Pick<ReconcileOptions, 'source' | 'target' | 'rowsPerBucket'>,
): string {
  const columns = plan.pairs.map((pair) => ({
    source: [pair.source.name, pair.source.nativeType, pair.source.nullable],
    target: [pair.target.name, pair.target.nativeType, pair.target.nullable],
    form: pair.form,
  }));
  return fingerprintOf({
    // Host, port and name; neither user nor password.
    databases: [displayName(options.source.url), displayName(options.target.url)],
    tables: [source, target].map(({ table }) => [table.schema, table.name]),
    servers: [source, target].map(({ session }) => [
      session.server.product,
      session.server.major,
      session.server.database,
    ]),
    columns,
    others: [plan.oneSided, plan.uncompared, plan.leftOut],
    key: plan.key.map((pair) => pair.source.name),
    unique: plan.unique,
    hash,
    where: where ?? null,
    shard: shard ?? null,
    rowsPerBucket: options.rowsPerBucket ?? null,
  });
}
