import type { DeployReport } from '../deploy/deploy.ts';
import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { EXIT } from '../errors/registry.ts';
import type { Clock } from '../ports/clock.ts';
import { contentsOf, differences, FolderHints, type WatchedFiles } from './watched-files.ts';

export interface WatchOptions {
  /** Asked anew each time: what is watched may change with sluice.yaml. */
  files: () => Promise<WatchedFiles>;
  /** One deploy from the files as they are. */
  deploy: () => Promise<DeployReport>;
  clock: Clock;
  signal: AbortSignal;
  /** How long files must be left alone before they are read, ms. */
  debounceMs: number;
}

/** One deploy of a watch, or the try of one. */
export interface WatchEvent {
  /** ISO 8601, UTC. */
  at: string;
  /** Files whose change led to it; empty for the first. */
  changed: string[];
  /** `failed`: what ran before runs on, or was put back. */
  outcome: 'deployed' | 'unchanged' | 'failed';
  /** Names by what became of them, unchanged ones left out. */
  connectors: { name: string; outcome: DeployReport['results'][number]['outcome'] }[];
  /** Live connectors that an earlier deploy of this watch had, and no file has now; they are left alone. */
  abandoned: string[];
  error: ErrorDocument | null;
}

/** At least this often files are looked at, whatever the system tells. */
const LOOK_MS = 2_000;

/**
 * Deploys, and again whenever files have changed, until the signal is aborted. A change that is not accepted, or fails
 * and is rolled back, leaves what ran before; it is told, and the watch goes on.
 * @throws the first reading's errors of usage; the signal's reason where it was aborted during a deploy
 */
export async function* watchAndDeploy(options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
  const { clock, signal } = options;
  const hints = new FolderHints();
  let watched = await options.files();
  let contents = contentsOf(watched.files);
  let changed: string[] = [];
  const deployed = new Set<string>();
  try {
    hints.arm(watched.folders);
    while (!signal.aborted) {
      const { report, error } = await tryDeploy(options, changed.length === 0);
      yield eventOf(clock.now(), changed, report, error, deployed);
      for (;;) {
        await hints.wait(LOOK_MS, signal);
        if (signal.aborted) return;
        const next = await settled(options, watched, contents);
        if (next === undefined) continue;
        changed = differences(contents, next.contents);
        ({ watched, contents } = next);
        hints.arm(watched.folders);
        break;
      }
    }
  } finally {
    hints.close();
  }
}

/** What there is once nothing has moved for the debounce; undefined where it is what was there before. */
async function settled(
  options: WatchOptions,
  before: WatchedFiles,
  contents: ReadonlyMap<string, string>,
): Promise<{ watched: WatchedFiles; contents: Map<string, string> } | undefined> {
  const look = async () => {
    // While sluice.yaml cannot be read, what was known of it must do.
    const watched = await options.files().catch(() => before);
    return { watched, contents: contentsOf(watched.files) };
  };
  let current = await look();
  if (differences(contents, current.contents).length === 0) return undefined;
  for (;;) {
    try {
      await options.clock.sleep(options.debounceMs, options.signal);
    } catch (error) {
      if (options.signal.aborted) return undefined;
      throw error;
    }
    const next = await look();
    const still = differences(current.contents, next.contents).length === 0;
    current = next;
    if (still) break;
  }
  return differences(contents, current.contents).length === 0 ? undefined : current;
}

async function tryDeploy(
  { deploy, signal }: WatchOptions,
  first: boolean,
): Promise<{ report?: DeployReport; error?: SluiceError }> {
  try {
    return { report: await deploy() };
  } catch (error) {
    if (signal.aborted || !(error instanceof SluiceError) || error.code === 'CONTEXT_PROTECTED') throw error;
    // How the command was called: no change of a file mends a context that nobody named.
    if (first && error.exitCode === EXIT.usage) throw error;
    return { error };
  }
}

function eventOf(
  at: Date,
  changed: readonly string[],
  report: DeployReport | undefined,
  error: SluiceError | undefined,
  deployed: Set<string>,
): WatchEvent {
  const results = report?.results ?? [];
  const names = new Set(results.map((result) => result.name));
  const abandoned = report === undefined ? [] : [...deployed].filter((name) => !names.has(name));
  for (const name of abandoned) deployed.delete(name);
  for (const name of names) deployed.add(name);
  const first = results.find((result) => result.error !== null)?.error ?? null;
  const done = results.filter((result) => result.outcome !== 'unchanged');
  return {
    at: at.toISOString(),
    changed: [...changed],
    outcome: error !== undefined || first !== null ? 'failed' : done.length > 0 ? 'deployed' : 'unchanged',
    connectors: done.map(({ name, outcome }) => ({ name, outcome })),
    abandoned,
    error: error === undefined ? first : toErrorDocument(error),
  };
}
