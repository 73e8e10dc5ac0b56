import type { ReconcileOptions } from '../../src/reconcile/reconcile.ts';
import type { Random } from './random.ts';

/** Options of one run, as plain data. */
export interface RunOptions
  extends Pick<
    ReconcileOptions,
    'hash' | 'rowsPerBucket' | 'minCandidateRows' | 'partRows' | 'parallel' | 'floatTolerance'
  > {
  mode: 'rows' | 'checksums' | 'counts' | 'schema';
  limit: number;
  /** A fence that is passed at once. */
  fence?: boolean;
  /** Compared in so many shares, whose reports are put together. */
  shards?: number;
}

export function randomOptions(random: Random): RunOptions {
  const mode = random.weighted([
    [14, 'rows'],
    [3, 'checksums'],
    [1, 'counts'],
    [1, 'schema'],
  ] as const);
  const hash = random.weighted([
    [4, undefined],
    [2, 'md5'],
    [2, 'md5-128'],
    [1, 'fast'],
  ] as const);
  return {
    mode,
    limit: random.weighted([
      [12, 10_000],
      [1, 0],
      [1, 3],
    ]),
    ...(hash === undefined ? {} : { hash }),
    ...(random.chance(0.5) ? { rowsPerBucket: random.pick([1, 2, 4, 16]) } : {}),
    ...(random.chance(0.35) ? { minCandidateRows: 0 } : {}),
    ...(random.chance(0.2) ? { partRows: random.pick([1, 5, 20]), parallel: random.pick([1, 2, 3]) } : {}),
    ...(random.chance(0.08) ? { floatTolerance: random.pick([1e-15, 1e-9, 0.01]) } : {}),
    ...(random.chance(0.15) ? { fence: true } : {}),
    ...(random.chance(0.12) ? { shards: random.int(2, 4) } : {}),
  };
}
