import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { withLock } from '../files/lock.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Clock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import { checkFreeSpace, storageFailure } from './disk.ts';
import { runMaven } from './maven.ts';
import { findMaven } from './requirements.ts';
import { finishMariadb, finishPostgres } from './unpack.ts';

export type BundleName = 'kafka' | 'postgres' | 'mariadb';

/** A download unit: a profile of sandbox/pom.xml. */
export interface Bundle {
  name: BundleName;
  /** The cache folder it belongs to. */
  cache: string;
  properties: Readonly<Record<string, string>>;
}

interface Contents {
  title: string;
  /** Space needed in the cache, with some reserve. */
  bytes: number;
  finish?(folder: string, environment: FetchOptions['environment']): Promise<void>;
}

const CONTENTS: Record<BundleName, Contents> = {
  kafka: { title: 'Kafka, Connect and the Debezium plugins', bytes: 300e6 },
  postgres: { title: 'PostgreSQL', bytes: 120e6, finish: finishPostgres },
  mariadb: { title: 'MariaDB', bytes: 450e6, finish: finishMariadb },
};

export interface FetchOptions {
  /** sandbox/pom.xml of the package. */
  pom: string;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
}

/**
 * The folder of a bundle, fetched if missing. A folder with its final name is complete: it is filled under another name
 * and then renamed. The name has the hash of the pom: checkouts of different versions do not share it.
 * @throws SANDBOX_DOWNLOAD, SANDBOX_DISK_FULL, SANDBOX_CACHE, SANDBOX_REQUIREMENT.
 */
export async function ensureBundle(bundle: Bundle, options: FetchOptions): Promise<string> {
  const folder = bundleFolder(bundle, readFileSync(options.pom, 'utf8'));
  if (existsSync(folder)) return folder;
  const { title, bytes } = CONTENTS[bundle.name];
  const maven = findMaven(options.environment);
  await checkFreeSpace(bundle.cache, bytes);
  try {
    await options.progress.step(`fetching ${title}`, (update) =>
      withLock(
        path.join(bundle.cache, 'sandbox.lock'),
        { ...options, onWait: () => update('waiting for another sluice that is fetching') },
        async () => {
          if (!existsSync(folder)) await fetchBundle(bundle, folder, maven, options, update);
        },
      ),
    );
  } catch (error) {
    throw storageFailure(error, bundle.cache, 'SLUICE_CACHE_DIR');
  }
  return folder;
}

/** The folder of a bundle; depends on the pom (without comments) and the properties it is resolved with. */
export function bundleFolder(bundle: Bundle, pom: string): string {
  const content = pom.replace(/<!--[\s\S]*?-->/g, '').replace(/\s+/g, ' ');
  const key = createHash('sha256')
    .update(JSON.stringify([content, Object.entries(bundle.properties).sort()]))
    .digest('hex')
    .slice(0, 12);
  return path.join(bundle.cache, 'sandbox', `${bundle.name}-${key}`);
}

async function fetchBundle(
  bundle: Bundle,
  folder: string,
  maven: string,
  options: FetchOptions,
  update: (detail: string) => void,
): Promise<void> {
  const parent = path.dirname(folder);
  makeFolder(parent, 0o755);
  // Under the lock no other fetch runs: remove what a killed one has left.
  for (const name of readdirSync(parent)) {
    if (name.startsWith('.fetch-')) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
  const partial = path.join(parent, `.fetch-${randomUUID()}`);
  const contents = path.join(partial, 'bundle');
  try {
    makeFolder(contents, 0o755);
    copyFileSync(options.pom, path.join(partial, 'pom.xml'));
    await runMaven({
      maven,
      cache: bundle.cache,
      folder: partial,
      profile: bundle.name,
      properties: { ...bundle.properties, 'bundle.folder': contents },
      environment: options.environment,
      signal: options.signal,
      onProgress: update,
    });
    if (readdirSync(contents).length === 0) {
      throw new SluiceError('SANDBOX_DOWNLOAD', `Maven fetched nothing for ${CONTENTS[bundle.name].title}`);
    }
    await CONTENTS[bundle.name].finish?.(contents, options.environment);
    options.signal.throwIfAborted();
    renameSync(contents, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
