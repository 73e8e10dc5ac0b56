import type { Database } from '../../config/targets.ts';
import type { TableInfo } from '../../databases/model.ts';
import { openSession, sessionOptions } from '../../databases/open.ts';
import type { Session } from '../../databases/session.ts';
import { existingTableText } from '../../databases/table-names.ts';
import { refuseHidden } from '../../databases/tables.ts';
import { SluiceError } from '../../errors/error.ts';
import { setting } from '../../text/settings.ts';
import { type ColumnPlan, planColumns } from '../columns/plan.ts';
import type { OwnHash } from '../dialects/dialect.ts';
import { dialectFor } from '../dialects/index.ts';
import type { DigestHash, HashName, Side } from '../model.ts';
import type { ReconcileOptions, ReconcilePorts } from '../options.ts';
import type { TablePairReference } from '../tables.ts';
import { isCandidate } from './presumed-equal.ts';
import { bitsOf, digestOf } from './queries.ts';
import { rangeRows } from './ranges.ts';
import { both, keptChanging, MAX_TRIES } from './rows.ts';
import { isInParts, partRowsOf, SessionPool } from './session-pool.ts';
import { type OpenSide, openPair, type TablePair } from './table-pair.ts';

/** The sessions of a run, and the table pairs opened with them one after another. */
export class SessionPair {
  readonly #options: ReconcileOptions;
  readonly #ports: ReconcilePorts;
  readonly #pools: Record<Side, SessionPool>;
  #sessions: Record<Side, Session>;
  #fast: Promise<boolean> | undefined;

  /**
   * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_UNSUPPORTED if a side cannot be opened;
   * SOURCE_IS_REPLICA if a repair could restore older rows
   */
  static async connect(options: ReconcileOptions, ports: ReconcilePorts): Promise<SessionPair> {
    return new SessionPair(options, ports, await connect(options, ports));
  }

  private constructor(options: ReconcileOptions, ports: ReconcilePorts, sessions: Record<Side, Session>) {
    this.#options = options;
    this.#ports = ports;
    this.#sessions = sessions;
    const session = sessionOptions(options, ports);
    const pool = (database: Database) =>
      new SessionPool(() => openSession(database, session), (options.parallel ?? 1) - 1, ports.logger);
    this.#pools = { source: pool(options.source), target: pool(options.target) };
  }

  get source(): Session {
    return this.#sessions.source;
  }

  get target(): Session {
    return this.#sessions.target;
  }

  /** Replaces the sessions. @throws as `connect`, keeping the old ones */
  async reconnect(): Promise<void> {
    const sessions = await connect(this.#options, this.#ports);
    await this.close();
    this.#sessions = sessions;
  }

  async close(): Promise<void> {
    await Promise.all([this.source.close(), this.target.close(), this.closeHelpers()]);
  }

  async closeHelpers(): Promise<void> {
    await Promise.all(Object.values(this.#pools).map((pool) => pool.close()));
  }

  /**
   * Both tables as of now, and how they are compared.
   * @param names are set as soon as they are known
   * @throws TABLE_NOT_FOUND; REQUEST_INVALID if they are the same table
   */
  async open(reference: TablePairReference, names: { source: string; target: string }): Promise<TablePair> {
    const { source, target } = await this.#seen(reference, names);
    const plan = planColumns(
      source,
      target,
      {
        ...this.#options,
        ...reference.own,
        known: reference.known,
        definitionsOnly: this.#options.mode === 'schema',
        // A row's shard depends on its values.
        countsOnly: this.#options.mode === 'counts' && this.#options.shard === undefined,
      },
      [dialectFor(this.source), dialectFor(this.target)],
    );
    const pair = openPair({
      source: { session: this.source, table: source },
      target: { session: this.target, table: target },
      plan,
      hash: await this.#hash(plan),
      where: reference.own?.where ?? this.#options.where,
      shard: this.#options.shard,
      repeated: this.#inBlocks(source, target),
    });
    if (this.#options.mode !== 'schema') await checkCondition(pair);
    return this.#helped(pair, (reference.fence ?? this.#options.fence) === undefined);
  }

  /**
   * Whether a side may be read in parts that are ranges of blocks: an updated row moves to another block, and so
   * possibly into a part that is read later, after a lost connection or by --resume.
   */
  #inBlocks(...tables: readonly TableInfo[]): boolean {
    const rows = Math.max(...tables.map((table) => table.estimatedRows));
    const part = this.#options.maxLoad === undefined ? partRowsOf(rows, this.#options) : 0;
    return tables.some(({ splitting, estimatedRows }) => splitting?.by === 'blocks' && isInParts(estimatedRows, part));
  }

  /** Both tables, each described in the snapshot that their rows are then read in. */
  async #seen(
    reference: TablePairReference,
    names: { source: string; target: string },
  ): Promise<Record<Side, TableInfo>> {
    for (let tries = 1; ; tries++) {
      await Promise.all([this.source.snapshot(), this.target.snapshot()]);
      const [source, target] = await both(
        this.source.describe(reference.source),
        describeTarget(this.target, reference),
      );
      names.source = existingTableText(source);
      names.target = existingTableText(target);
      this.#refuseSame(source, target);
      const rows = this.#options.mode !== 'schema';
      refuseHidden(source, this.#options.source, { rows });
      refuseHidden(target, this.#options.target, { rows });
      const [left, right] = rows ? await both(this.source.hold(source), this.target.hold(target)) : [true, true];
      if (left && right) return { source, target };
      if (tries === MAX_TRIES) throw keptChanging(left ? target : source);
    }
  }

  /** Adds sessions for a table large enough. @param still it is not expected to change */
  #helped(pair: TablePair, still: boolean): TablePair {
    const { mode = 'rows', maxLoad, minCandidateRows } = this.#options;
    if (mode !== 'rows' && mode !== 'checksums') return pair;
    const rows = Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows);
    // Digests cost the databases more than sums, so that another connection pays off for smaller tables.
    const digests =
      still && maxLoad === undefined && isCandidate(pair, rows, minCandidateRows) && rangeRows(pair) !== undefined;
    const helped = (side: Side): OpenSide => {
      const { session, table } = pair[side];
      const parts =
        table.splitting !== undefined && isInParts(table.estimatedRows, partRowsOf(table.estimatedRows, this.#options));
      if (!digests && !parts) return pair[side];
      const helpers = this.#pools[side].seeing(session);
      helpers.catch(() => {});
      return { ...pair[side], helpers, apart: session.share === undefined };
    };
    return { ...pair, source: helped('source'), target: helped('target') };
  }

  #refuseSame(source: TableInfo, target: TableInfo): void {
    const same =
      this.source.engine === this.target.engine &&
      this.source.server.identity === this.target.server.identity &&
      source.schema === target.schema &&
      source.name === target.name;
    if (!same) return;
    throw new SluiceError(
      'REQUEST_INVALID',
      `source and target are the same table: ${source.schema}.${source.name} of ${this.#options.source.name}`,
      {
        hint: `A table always equals itself. Use another ${setting('target')}, or SOURCE_TABLE=TARGET_TABLE.`,
      },
    );
  }

  async #hash(plan: ColumnPlan): Promise<HashName> {
    const { hash } = this.#options;
    if (hash !== undefined && hash !== 'fast') return this.#digest(hash);
    const { ownHash } = dialectFor(this.source);
    if (ownHash === undefined || plan.pairs.length > ownHash.maxColumns) return this.#digest('md5');
    this.#fast ??= hashesMatch(ownHash, this.source, this.target);
    return (await this.#fast) ? 'fast' : this.#digest('md5');
  }

  /** As many bits of a digest that both servers have. @throws DATABASE_UNSUPPORTED */
  #digest(wanted: DigestHash): HashName {
    const by = ([digestOf(wanted), 'md5', 'sha256'] as const).find((one) =>
      [this.source, this.target].every(({ server }) => server.digests.includes(one)),
    );
    if (by !== undefined) return bitsOf(wanted) === 128 ? `${by}-128` : by;
    const lists = [this.source, this.target].map(
      ({ server }) => `${server.product} ${server.version} has ${server.digests.join(' and ') || 'neither'}`,
    );
    throw new SluiceError('DATABASE_UNSUPPORTED', `the two databases share no hash function: ${lists.join(', ')}`, {
      hint: 'Reconcile needs MD5 or SHA-256 on both sides. MySQL 9.6 and later and servers in FIPS mode have no MD5; PostgreSQL before 11 has no SHA-256.',
    });
  }
}

async function connect(options: ReconcileOptions, ports: ReconcilePorts): Promise<Record<Side, Session>> {
  const session = sessionOptions(options, ports);
  const opened = await Promise.allSettled([openSession(options.source, session), openSession(options.target, session)]);
  const [source, target] = opened;
  try {
    if (source.status === 'rejected') throw source.reason;
    if (target.status === 'rejected') throw target.reason;
    // Each time: an address may lead to another server by then.
    if (options.repair !== undefined && !options.fromReplica) await refuseReplica(options.source, source.value);
    return { source: source.value, target: target.value };
  } catch (error) {
    await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
    throw error;
  }
}

/** @throws SOURCE_IS_REPLICA */
async function refuseReplica(source: Database, session: Session): Promise<void> {
  const why = await session.replica();
  if (why === undefined) return;
  throw new SluiceError(
    'SOURCE_IS_REPLICA',
    `${source.name}: ${why}; its rows may be older than those the pipeline has already written, and a repair would restore the older ones`,
    {
      hint: `Use the primary as ${setting('source')}. If the pipeline reads this replica, add ${setting('fromReplica')}.`,
    },
  );
}

/**
 * `a) OR (b` is not an expression, but splits in two when combined with other conditions: the hashes of rows read in
 * several parts would cancel out. @throws DATABASE_REJECTED
 */
async function checkCondition({ source, target }: TablePair): Promise<void> {
  const check = async ({ session, queries }: OpenSide) => {
    if (queries.check !== undefined) await session.query(queries.check);
  };
  await both(check(source), check(target));
}

/** The same schema if the target has it, else its default schema: sinks drop the source's schema. */
async function describeTarget(target: Session, { source, target: wanted }: TablePairReference): Promise<TableInfo> {
  if (wanted.schema !== undefined || source.schema === undefined || wanted.name !== source.name)
    return target.describe(wanted);
  try {
    return await target.describe({ schema: source.schema, name: wanted.name });
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'TABLE_NOT_FOUND') return target.describe(wanted);
    throw error;
  }
}

/** No engine promises equal hashes on two servers, so both are asked to hash known values. */
async function hashesMatch(ownHash: OwnHash, source: Session, target: Session): Promise<boolean> {
  if (source.engine !== target.engine || !ownHash.mayAgree(source.server, target.server)) return false;
  const [left, right] = await Promise.all([source, target].map((side) => side.query(ownHash.probe(side.server))));
  return left?.[0]?.[0] !== undefined && left[0][0] === right?.[0]?.[0];
}
