import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runProgram } from '../../../src/sandbox/programs.ts';

/** Debian's unstable distribution: the one that has packages of MySQL. */
const SUITE = 'sid';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** A mirror that does not answer must not hold up a test run. */
const LIMIT_MS = 10 * 60_000;

/** An apt client with lists and settings of its own: the machine's are read, and nothing of the machine is changed. */
export interface PrivateApt {
  /** Versions of a package and of all that it needs, by name; nothing counts as installed. */
  resolve(packageName: string): Promise<Map<string, string>>;
  /** Puts the packages' files into a folder. */
  download(versions: ReadonlyMap<string, string>, folder: string): Promise<void>;
}

/**
 * Reads the package lists of Debian unstable from the mirror that the machine's own apt uses.
 * @param folder empty; holds the lists and the settings
 * @throws where the machine is not a Debian, or the mirror does not answer
 */
export async function privateApt(folder: string): Promise<PrivateApt> {
  const { uri, architecture } = await debianMirror(folder);
  const at = (...names: string[]) => path.join(folder, ...names);
  for (const name of ['lists/partial', 'archives/partial', 'none']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('status'), '');
  writeFileSync(at('sources.list'), `deb [arch=${architecture} signed-by=${KEYRING}] ${uri} ${SUITE} main\n`);
  // Read last: what the machine has apt run after an update is about the machine's own lists.
  const hooks = ['APT::Update::Pre-Invoke', 'APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success'];
  writeFileSync(at('last.conf'), ['#clear Acquire::IndexTargets::deb::DEP-11', ...hooks.map(clear), ''].join(';\n'));
  const settings = {
    'Dir::State': folder,
    'Dir::State::lists': at('lists'),
    'Dir::State::status': at('status'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': at('archives'),
    'Dir::Etc::sourcelist': at('sources.list'),
    'Dir::Etc::sourceparts': at('none'),
    'Dir::Etc::preferencesparts': at('none'),
    'Dir::Etc::main': at('last.conf'),
    'APT::Install-Recommends': 'false',
    // As root apt would hand the download to an account that cannot get into this folder.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
  };
  writeFileSync(
    at('first.conf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(''),
  );
  const apt = (args: string[], cwd = folder) => aptGet(args, cwd, { APT_CONFIG: at('first.conf') });
  await apt(['update']);
  return {
    async resolve(packageName) {
      const planned = await apt(['install', '--simulate', packageName]);
      const versions = planned.flatMap((line) => {
        const match = /^Inst (\S+) \((\S+) /.exec(line);
        return match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const];
      });
      if (versions.length === 0) throw new Error(`apt plans nothing for ${packageName}: ${planned.at(-1) ?? ''}`);
      return new Map(versions);
    },
    async download(versions, into) {
      await apt(['download', ...[...versions].map(([name, version]) => `${name}=${version}`)], into);
    },
  };
}

const clear = (name: string) => `#clear ${name}`;

/** Where the machine's own apt gets this release's packages from. */
async function debianMirror(folder: string): Promise<{ uri: string; architecture: string }> {
  const codename = debianRelease();
  mkdirSync(path.join(folder, 'unread'), { recursive: true });
  // Names what an update would fetch, and fetches nothing.
  const wanted = await aptGet(
    ['update', '--print-uris', '-o', `Dir::State::lists=${path.join(folder, 'unread')}`],
    folder,
  );
  const index = new RegExp(`^'(?<uri>.+/)dists/${codename}/main/binary-(?<architecture>(?!all)[^/]+)/Packages`);
  for (const line of wanted) {
    const { uri, architecture } = index.exec(line)?.groups ?? {};
    if (uri !== undefined && architecture !== undefined) return { uri, architecture };
  }
  throw new Error(`apt has no source of Debian ${codename}, whose mirror would be used`);
}

function debianRelease(): string {
  let facts: string;
  try {
    facts = readFileSync('/etc/os-release', 'utf8');
    readFileSync(KEYRING);
  } catch (error) {
    throw new Error(`this machine is not a Debian: ${(error as Error).message}`);
  }
  const fact = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(facts)?.[1];
  if (fact('ID') !== 'debian') throw new Error(`this machine is not a Debian, but ${fact('PRETTY_NAME')}`);
  const codename = fact('VERSION_CODENAME');
  if (codename === undefined) throw new Error('/etc/os-release does not name the release of Debian');
  return codename;
}

async function aptGet(args: string[], cwd: string, environment: Record<string, string> = {}): Promise<string[]> {
  const { code, output } = await runProgram(
    {
      command: 'apt-get',
      args,
      cwd,
      env: { ...process.env, LC_ALL: 'C', ...environment },
    },
    AbortSignal.timeout(LIMIT_MS),
  );
  // A mirror that is out of reach is a warning to `apt-get update`.
  const failed = output.filter((line) => /^(E|Err|W: Failed)/.test(line));
  if (code !== 0 || failed.length > 0) throw new Error(`apt-get ${args[0]}: ${failed.at(-1) ?? `exit code ${code}`}`);
  return output;
}
