import { displayName } from '../config/database-url.ts';
import type { ReconcileOptions } from './options.ts';
import { fingerprintOf } from './scan-state.ts';
import type { TablePair } from './table-pair.ts';

/**
 * Tells the scan of a comparison from any other, of which a part can be taken up: with the servers themselves, since another may
 * have one's address by now, the files whose blocks bound the parts, and how hashes are put together.
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
 * Tells one comparison of two tables from any other: the databases, tables, columns and their forms, what is not compared, the
 * key, the hash, the condition and the shard. Two runs with the same text compute sums that may be put together, and say the same
 * of what is left out.
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
