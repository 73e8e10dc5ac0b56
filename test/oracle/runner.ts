import { build, compareCases, demolish, type Site } from './batch.ts';
import { script } from './ddl.ts';
import type { Case, Mismatch } from './model.ts';
import { type RunOptions, randomOptions } from './options.ts';
import { addPolicies } from './policies.ts';
import { Random } from './random.ts';
import { type RepairRun, repairCase } from './repair.ts';
import { makeCase } from './schema.ts';
import { Databases, type Servers } from './servers.ts';
import { shrink } from './shrink.ts';

export interface OracleOptions {
  servers: Servers;
  seed: number;
  tables: number;
  /** Batches that are worked on side by side, each in databases of its own. */
  workers?: number;
  /** Only the batch with this case in it, and of that only this case. */
  only?: number | undefined;
  /** How many mismatches of one kind are shrunk and shown. */
  shown?: number;
  /** Called with each mismatch as soon as it is known. */
  onMismatch?: (found: Found) => void;
  onProgress?: (figures: Figures) => void;
}

export interface Found {
  mismatch: Mismatch;
  /** Everything that is needed to see it again. */
  reproduction: string;
}

export interface Figures {
  /** Pairs of tables that were compared. */
  tables: number;
  /** Tables that an engine refused to make; not counted above. */
  refused: Record<string, number>;
  pairings: Record<string, number>;
  modes: Record<string, number>;
  features: Record<string, number>;
  repairs: number;
  mismatches: number;
  /** How often each kind was seen. */
  kinds: Record<string, number>;
  seconds: number;
}

/** Tables of one run of reconcile, which have its options in common. */
const BATCH = 10;

/** Makes random tables, compares them in two ways and repairs some; resolves to the figures. */
export async function runOracle(options: OracleOptions): Promise<Figures> {
  const began = performance.now();
  const figures: Figures = {
    tables: 0,
    refused: {},
    pairings: {},
    modes: {},
    features: {},
    repairs: 0,
    mismatches: 0,
    kinds: {},
    seconds: 0,
  };
  let next = 0;
  const batches = Math.ceil(options.tables / BATCH);
  const work = async (worker: number) => {
    const databases = new Databases(options.servers, `${process.pid}_${worker}`);
    try {
      while (next < batches) {
        const batch = options.only === undefined ? next++ : Math.floor(options.only / BATCH);
        if (options.only !== undefined) next = batches;
        await oneBatch(batch, databases, options, figures);
        figures.seconds = (performance.now() - began) / 1000;
        options.onProgress?.(figures);
      }
    } catch (error) {
      await databases.drop().catch(() => {});
      throw error;
    }
    await databases.drop();
  };
  const workers = options.only === undefined ? (options.workers ?? 1) : 1;
  const ended = await Promise.allSettled(Array.from({ length: workers }, (_, worker) => work(worker)));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  figures.seconds = (performance.now() - began) / 1000;
  return figures;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

async function oneBatch(batch: number, databases: Databases, options: OracleOptions, figures: Figures): Promise<void> {
  const { seed, only } = options;
  const random = new Random(seed, batch, 0x0b);
  const engines = databases.pairings[batch % databases.pairings.length] as Case['engines'];
  const site: Site = {
    source: await databases.of(engines[0], 'source'),
    target: await databases.of(engines[1], 'target'),
  };
  const run = randomOptions(random);
  const cases: Case[] = [];
  // As another role than the tables' owner, now and then, from which policies hide rows.
  const readers = random.chance(0.12)
    ? [await databases.reader(engines[0], 'source'), await databases.reader(engines[1], 'target')]
    : undefined;
  if (readers !== undefined) site.urls = { source: readers[0]?.url ?? '', target: readers[1]?.url ?? '' };
  for (let at = 0; at < BATCH && batch * BATCH + at < options.tables; at++) {
    const index = batch * BATCH + at;
    if (only !== undefined && index !== only) continue;
    const made = makeCase(seed, index, engines, { source: site.source.schema, target: site.target.schema });
    if (readers !== undefined) addPolicies(made, readers[0]?.role ?? '', new Random(seed, index, 0x90));
    try {
      await build(site, made);
      cases.push(made);
    } catch (error) {
      count(figures.refused, (error as Error).message.replace(/\d+|"[^"]*"|'[^']*'|`[^`]*`/g, '…').slice(0, 120));
      await demolish(site, made);
    }
  }
  const tell = async (
    made: Case,
    mismatches: readonly Mismatch[],
    again: (one: Case) => Promise<Mismatch[]>,
    how: unknown,
  ) => {
    for (const mismatch of mismatches) {
      figures.mismatches += 1;
      count(figures.kinds, mismatch.signature);
      if ((figures.kinds[mismatch.signature] ?? 0) > (options.shown ?? 1)) continue;
      const small = await smallest(site, made, mismatch, again);
      options.onMismatch?.({ mismatch: small.mismatch, reproduction: reproduction(small.made, small.mismatch, how) });
    }
  };
  for (const [made, mismatches] of await compareCases(site, cases, run))
    await tell(made, mismatches, async (one) => (await compareCases(site, [one], run)).get(one) ?? [], run);
  for (const made of cases) {
    figures.tables += made.tables.length;
    count(figures.pairings, engines.map((one) => one.name).join('→'));
    count(figures.modes, modeOf(run));
    for (const feature of made.features) count(figures.features, feature);
    const own = new Random(seed, made.index, 0x4e);
    if (!own.chance(0.5)) continue;
    const repair: RepairRun = { mode: own.chance(0.7) ? 'apply' : 'sql', allowDelete: own.chance(0.7) };
    figures.repairs += 1;
    const mismatches = await repairCase(site, made, run, repair);
    await tell(made, mismatches, (one) => repairCase(site, one, run, repair), { ...run, repair });
  }
  for (const made of cases) await demolish(site, made);
}

function modeOf({ mode, hash, shards, fence, minCandidateRows }: RunOptions): string {
  return [mode, hash ?? 'own hash', shards && 'shards', fence && 'fence', minCandidateRows === 0 && 'look']
    .filter(Boolean)
    .join(' ');
}

/** Cuts a case down as long as the same kind of mismatch is left; its tables are made again for each try. */
async function smallest(
  site: Site,
  made: Case,
  mismatch: Mismatch,
  again: (one: Case) => Promise<Mismatch[]>,
): Promise<{ made: Case; mismatch: Mismatch }> {
  let shown = mismatch;
  const fails = async (one: Case) => {
    await demolish(site, made);
    await demolish(site, one);
    try {
      await build(site, one);
      const same = (await again(one)).find((candidate) => shape(candidate) === shape(mismatch));
      if (same !== undefined) shown = same;
      return same !== undefined;
    } catch {
      return false;
    } finally {
      await demolish(site, one);
    }
  };
  const small = await shrink(made, fails);
  // As it was, for what comes after.
  await demolish(site, made);
  await build(site, made);
  return { made: small, mismatch: shown };
}

/** Two mismatches of one shape have one cause, whatever table they were seen in. */
function shape({ kind, detail }: Mismatch): string {
  return /failed|threw/.test(kind)
    ? `${kind} ${detail.replace(/"[^"]*"|'[^']*'|`[^`]*`|\S*\d\S*/g, '…').slice(0, 60)}`
    : kind;
}

/** Both sides in SQL, the options, and what is wrong. */
function reproduction(made: Case, { kind, table, detail }: Mismatch, how: unknown): string {
  const parts = made.tables.flatMap((pair) => [
    `-- source (${made.engines[0].name})`,
    script(pair.source, made.engines[0]),
    `-- target (${made.engines[1].name})`,
    script(pair.target, made.engines[1]),
    `-- options of ${JSON.stringify(pair.source.name)}: ${JSON.stringify(pair.own)}`,
  ]);
  return [
    `== ${kind}: ${table} (SLUICE_ORACLE_SEED=${made.seed} SLUICE_ORACLE_ONLY=${made.index})`,
    detail,
    `-- run: ${JSON.stringify(how)}; features: ${made.features.join(', ') || 'none'}`,
    ...parts,
  ].join('\n');
}

export function figureLine(figures: Figures): string {
  const all = (counts: Record<string, number>) =>
    Object.entries(counts)
      .sort()
      .map(([name, times]) => `${name} ${times}`)
      .join(', ');
  return (
    `oracle: ${figures.tables} tables (${all(figures.pairings)}); modes: ${all(figures.modes)}; ${figures.repairs} repairs; ` +
    `${Object.values(figures.refused).reduce((sum, one) => sum + one, 0)} refused by an engine; ` +
    `${figures.mismatches} mismatches of ${Object.keys(figures.kinds).length} kinds; ${figures.seconds.toFixed(0)} s`
  );
}
