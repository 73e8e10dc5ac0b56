import { type ErrorDocument, SluiceError, toErrorDocument } from '../errors/error.ts';
import { EXIT } from '../errors/registry.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeployReport } from './deploy.ts';
import { contentsOf, differences, FolderHints, type WatchedFiles } from './watched-files.ts';

export interface WatchOptions {
  /** Called each time: the watched files may change with sluice.yaml. */
  files: () => Promise<WatchedFiles>;
  /** One deploy of the current files. */
  deploy: () => Promise<DeployReport>;
  clock: Clock;
  signal: AbortSignal;
  /** How long files must be unchanged before they are read, ms. */
  debounceMs: number;
}

/** One deploy, or attempted deploy, of a watch. */
export interface WatchEvent {
  /** ISO 8601, UTC. */
  at: string;
  /** The changed files; empty for the first deploy. */
  changed: string[];
  /** `failed`: the previous version keeps running, or was restored. */
  outcome: 'deployed' | 'unchanged' | 'failed';
  /** Unchanged ones are omitted. */
  connectors: { name: string; outcome: DeployReport['results'][number]['outcome'] }[];
  /** Connectors that were deployed before and are no longer in any file; they are left untouched. */
  abandoned: string[];
  error: ErrorDocument | null;
}

/** Files are checked at least this often, with or without system events. */
const POLL_MS = 2_000;

/**
 * Deploys, and deploys again whenever files change, until the signal is aborted. A change that is rejected, or fails and
 * is rolled back, is reported, and the watch continues with what ran before.
 * @throws usage errors of the first deploy; the signal's reason if aborted during a deploy
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
        await hints.wait(POLL_MS, signal);
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

/** The contents once nothing has changed for the debounce time; undefined if they are the same as before. */
async function settled(
  options: WatchOptions,
  before: WatchedFiles,
  contents: ReadonlyMap<string, string>,
): Promise<{ watched: WatchedFiles; contents: Map<string, string> } | undefined> {
  const read = async () => {
    // While sluice.yaml cannot be read, keep its last known contents.
    const watched = await options.files().catch(() => before);
    return { watched, contents: contentsOf(watched.files) };
  };
  let current = await read();
  if (differences(contents, current.contents).length === 0) return undefined;
  for (;;) {
    try {
      await options.clock.sleep(options.debounceMs, options.signal);
    } catch (error) {
      if (options.signal.aborted) return undefined;
      throw error;
    }
    const next = await read();
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
    // A usage error: no file change will supply a missing context.
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
