import type { Database } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import { type ColumnPlan, planColumns } from './columns.ts';
import type { Session } from './dialects/dialect.ts';
import { fastProbe } from './dialects/postgres-fast.ts';
import { worthALook } from './first-look.ts';
import type { Side, TableInfo } from './model.ts';
import { openSession, sessionOptions } from './open.ts';
import type { ReconcileOptions, ReconcilePorts } from './options.ts';
import { bitsOf, type DigestHash, digestOf, type HashName } from './queries.ts';
import { rangeRows } from './ranges.ts';
import { both, keptChanging, MOST_TRIES } from './rows.ts';
import { Helpers, isInParts, partRowsOf } from './sessions.ts';
import { type OpenSide, openPair, type TablePair } from './table-pair.ts';
import { existingTableText, refuseHidden, type TablePairReference } from './tables.ts';

/** The sessions of a run, and the pairs of tables that are opened with them, one after another. */
export class BothSides {
  readonly #options: ReconcileOptions;
  readonly #ports: ReconcilePorts;
  readonly #helpers: Record<Side, Helpers>;
  #sessions: Record<Side, Session>;
  #fast: Promise<boolean> | undefined;

  /**
   * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_UNSUPPORTED where a side cannot be opened; SOURCE_IS_REPLICA
   * where a repair could bring older rows back
   */
  static async connect(options: ReconcileOptions, ports: ReconcilePorts): Promise<BothSides> {
    return new BothSides(options, ports, await connect(options, ports));
  }

  private constructor(options: ReconcileOptions, ports: ReconcilePorts, sessions: Record<Side, Session>) {
    this.#options = options;
    this.#ports = ports;
    this.#sessions = sessions;
    const session = sessionOptions(options, ports);
    const helpers = (database: Database) =>
      new Helpers(() => openSession(database, session), (options.parallel ?? 1) - 1, ports.logger);
    this.#helpers = { source: helpers(options.source), target: helpers(options.target) };
  }

  get source(): Session {
    return this.#sessions.source;
  }

  get target(): Session {
    return this.#sessions.target;
  }

  /** New sessions in place of those there are. @throws as `connect`, and the old ones stay */
  async reconnect(): Promise<void> {
    const sessions = await connect(this.#options, this.#ports);
    await this.close();
    this.#sessions = sessions;
  }

  async close(): Promise<void> {
    await Promise.all([this.source.close(), this.target.close(), this.closeHelpers()]);
  }

  async closeHelpers(): Promise<void> {
    await Promise.all(Object.values(this.#helpers).map((helpers) => helpers.close()));
  }

  /**
   * Both tables, as they are at this moment, and how they are compared.
   * @param names are set as soon as they are known
   * @throws TABLE_NOT_FOUND; USAGE where they are one table
   */
  async open(reference: TablePairReference, names: { source: string; target: string }): Promise<TablePair> {
    const { source, target } = await this.#seen(reference, names);
    const engines = [this.source.dialect.engine, this.target.dialect.engine] as const;
    const plan = planColumns(
      source,
      target,
      {
        ...this.#options,
        ...reference.own,
        known: reference.known,
        definitionsOnly: this.#options.mode === 'schema',
      },
      engines,
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
   * Whether a side may be read in parts that are ranges of blocks: a row that is updated moves to another block, and so into
   * a part that is read in a later moment, after a lost connection or by --resume.
   */
  #inBlocks(...tables: readonly TableInfo[]): boolean {
    const rows = Math.max(...tables.map((table) => table.estimatedRows));
    const part = this.#options.maxLoad === undefined ? partRowsOf(rows, this.#options) : 0;
    return tables.some(({ splitting, estimatedRows }) => splitting?.by === 'blocks' && isInParts(estimatedRows, part));
  }

  /** Both tables in one snapshot of each side, which their rows are then in. */
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
      if (tries === MOST_TRIES) throw keptChanging(left ? target : source);
    }
  }

  /** With further sessions, where a table is worth them. @param still it is not expected to be written to */
  #helped(pair: TablePair, still: boolean): TablePair {
    const { mode = 'rows', maxLoad, lookFrom } = this.#options;
    if (mode !== 'rows' && mode !== 'checksums') return pair;
    const rows = Math.max(pair.source.table.estimatedRows, pair.target.table.estimatedRows);
    // Digests cost the databases more than sums do, so that a smaller table is worth another connection.
    const digests = still && maxLoad === undefined && worthALook(pair, rows, lookFrom) && rangeRows(pair) !== undefined;
    const helped = (side: Side): OpenSide => {
      const { session, table } = pair[side];
      const parts =
        table.splitting !== undefined && isInParts(table.estimatedRows, partRowsOf(table.estimatedRows, this.#options));
      if (!digests && !parts) return pair[side];
      const helpers = this.#helpers[side].seeing(session);
      helpers.catch(() => {});
      return { ...pair[side], helpers, apart: session.dialect.engine !== 'postgresql' };
    };
    return { ...pair, source: helped('source'), target: helped('target') };
  }

  #refuseSame(source: TableInfo, target: TableInfo): void {
    const same =
      this.source.dialect.engine === this.target.dialect.engine &&
      this.source.server.identity === this.target.server.identity &&
      source.schema === target.schema &&
      source.name === target.name;
    if (!same) return;
    throw new SluiceError(
      'USAGE',
      `source and target are the same table: ${source.schema}.${source.name} of ${this.#options.source.name}`,
      {
        hint: 'A table is always equal to itself. Give another --target, or SOURCE_TABLE=TARGET_TABLE.',
      },
    );
  }

  async #hash(plan: ColumnPlan): Promise<HashName> {
    const { hash } = this.#options;
    if (hash !== undefined && hash !== 'fast') return this.#digest(hash);
    // A PostgreSQL row holds 1,664 values.
    if (plan.pairs.length > 800) return this.#digest('md5');
    this.#fast ??= hashesAlike(this.source, this.target);
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
      hint: 'Reconcile needs MD5 or SHA-256 on both sides: MySQL from 9.6 has no MD5, PostgreSQL before 11 no SHA-256, and a server in FIPS mode no MD5.',
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
    `${source.name}: ${why}; its rows may be older than those that the pipeline has already written, and a repair would bring the older ones back`,
    {
      hint: 'Give the primary as --source. Where the pipeline itself reads this replica, add --from-replica.',
    },
  );
}

/**
 * `a) OR (b` is no condition, but becomes two where others are put beside it: of rows that it takes in several parts of a
 * table, the hashes would cancel out. @throws DATABASE_REJECTED
 */
async function checkCondition({ source, target }: TablePair): Promise<void> {
  const check = async ({ session, queries }: OpenSide) => {
    if (queries.check !== undefined) await session.query(queries.check);
  };
  await both(check(source), check(target));
}

/** The same schema if the target has it, else the target's own: sinks leave the source's schema behind. */
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

/** PostgreSQL promises a hash only within one major version, so both servers are asked for one of known values. */
async function hashesAlike(source: Session, target: Session): Promise<boolean> {
  if (source.dialect.engine !== 'postgresql' || target.dialect.engine !== 'postgresql') return false;
  if (source.server.major !== target.server.major || source.server.major < 14) return false;
  if (source.server.encoding !== target.server.encoding) return false;
  const [left, right] = await Promise.all([source, target].map((side) => side.query(fastProbe(side.server))));
  return left?.[0]?.[0] !== undefined && left[0][0] === right?.[0]?.[0];
}
