import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../errors/error.ts';

const run = promisify(execFile);

type Environment = Readonly<Record<string, string | undefined>>;

/** Required by Kafka 4. @see KIP-1013 */
const MIN_JAVA = 17;

const INSTALL_JAVA =
  'Install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk) or point JAVA_HOME at it.';

/**
 * The java program to run Kafka with: JAVA_HOME's, else the first on PATH.
 * @throws SANDBOX_REQUIREMENT if there is none, or it is too old.
 */
export async function findJava(environment: Environment): Promise<string> {
  const home = environment.JAVA_HOME;
  const java = home ? path.join(home, 'bin', 'java') : onPath('java', environment);
  if (java === undefined) {
    throw new SluiceError('SANDBOX_REQUIREMENT', 'Java was not found: no java on PATH, and JAVA_HOME is not set', {
      hint: INSTALL_JAVA,
    });
  }
  let banner: string;
  try {
    banner = (await run(java, ['-version'], { env: environment as NodeJS.ProcessEnv, timeout: 30_000 })).stderr;
  } catch (error) {
    throw new SluiceError(
      'SANDBOX_REQUIREMENT',
      `${java} does not run${home ? ' (from JAVA_HOME)' : ''}: ${firstLine((error as Error).message)}`,
      { hint: INSTALL_JAVA, cause: error },
    );
  }
  const version = javaVersion(banner);
  if (version === undefined || version < MIN_JAVA) {
    throw new SluiceError(
      'SANDBOX_REQUIREMENT',
      `Kafka needs Java ${MIN_JAVA} or newer; ${java} is ${version === undefined ? 'of an unknown version' : `Java ${version}`}`,
      { hint: INSTALL_JAVA },
    );
  }
  return java;
}

/** The feature version from what `java -version` prints: 8 of "1.8.0_392", 17 of "17.0.15", 21 of "21-ea". */
export function javaVersion(banner: string): number | undefined {
  const match = /version "(?:1\.)?(?<feature>\d+)/.exec(banner);
  return match ? Number(match.groups?.feature) : undefined;
}

/** @throws SANDBOX_REQUIREMENT if there is no mvn. */
export function findMaven(environment: Environment): string {
  const maven = onPath('mvn', environment);
  if (maven !== undefined) return maven;
  throw new SluiceError(
    'SANDBOX_REQUIREMENT',
    'Maven was not found: no mvn on PATH; it is needed to fetch the sandbox’s components',
    {
      hint: 'Install it (Debian: apt-get install maven; macOS: brew install maven) and run sluice sandbox up again.',
    },
  );
}

/** @throws SANDBOX_REQUIREMENT if tar or xz is missing: PostgreSQL comes as a .txz. */
export function checkUnpackers(environment: Environment, platform: NodeJS.Platform = process.platform): void {
  const missing = ['tar', 'xz'].filter((program) => onPath(program, environment) === undefined);
  if (missing.length === 0) return;
  // bsdtar, macOS's tar, reads xz itself.
  if (platform === 'darwin' && !missing.includes('tar')) return;
  throw new SluiceError(
    'SANDBOX_REQUIREMENT',
    `${missing.join(' and ')} not found; PostgreSQL is unpacked with tar and xz`,
    {
      hint: 'Install them (Debian: apt-get install tar xz-utils) and run sluice sandbox up again.',
    },
  );
}

/** The first executable of that name on PATH. */
export function onPath(program: string, environment: Environment): string | undefined {
  for (const folder of (environment.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, program);
    if (folder !== '' && isExecutable(file)) return file;
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}
