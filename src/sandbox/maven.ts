import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { SluiceError } from '../errors/error.ts';
import { diskFull, isDiskFull } from './disk.ts';
import { runProgram } from './programs.ts';

export interface MavenRun {
  maven: string;
  /** The folder being filled, for errors. */
  cache: string;
  /** The folder of pom.xml, where Maven runs. */
  folder: string;
  profile: string;
  properties: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  onProgress(text: string): void;
}

/**
 * Runs the pom's executions of one profile, with the user's own settings.xml and local repository.
 * @throws SANDBOX_DOWNLOAD, SANDBOX_DISK_FULL, SANDBOX_CACHE, SANDBOX_REQUIREMENT; the signal's reason when aborted.
 */
export async function runMaven(options: MavenRun): Promise<void> {
  const progress = new TransferProgress();
  const { code, output } = await runProgram(
    {
      command: options.maven,
      args: [
        '--batch-mode',
        '-Dstyle.color=never',
        `-P${options.profile}`,
        ...Object.entries(options.properties).map(([name, value]) => `-D${name}=${value}`),
        'generate-resources',
      ],
      env: options.environment,
      cwd: options.folder,
    },
    options.signal,
    (line) => {
      const text = progress.read(line);
      if (text !== undefined) options.onProgress(text);
    },
  );
  if (code !== 0) throw mavenFailure(output, options.cache);
}

const UNITS: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** Sums up Maven's transfer lines: files and bytes so far, and the current file. */
export class TransferProgress {
  #files = 0;
  #bytes = 0;

  /** A short text if the line changes something. */
  read(line: string): string | undefined {
    const begun = /Downloading from \S+ (?<url>\S+)/.exec(line)?.groups;
    const done = /Downloaded from \S+ \S+ \((?<size>[\d.]+) (?<unit>k?B|MB|GB)/.exec(line)?.groups;
    const unpacked = /(?:Expanding|Unpacking):? (?<file>\S+)/i.exec(line)?.groups;
    if (unpacked) return `unpacking ${path.basename(unpacked.file as string)}`;
    if (done) {
      this.#files += 1;
      this.#bytes += Number(done.size) * (UNITS[done.unit as string] ?? 1);
    }
    if (begun || done) {
      const file = begun ? `, ${path.posix.basename(begun.url as string)}` : '';
      return `${(this.#bytes / 1e6).toFixed(0)} MB in ${this.#files} files${file}`;
    }
    return undefined;
  }
}

const NETWORK =
  /Could not transfer|Unknown host|UnknownHost|Connection refused|Connection reset|timed out|Network is unreachable|offline|Could not (?:find|resolve)|was not found in|PKIX|Unauthorized|Forbidden|Proxy/i;

/** Maven's failure as one error: its first message, and what to do. */
export function mavenFailure(output: readonly string[], folder: string): SluiceError {
  const lines = output.map((line) => stripVTControlCharacters(line).trim()).filter((line) => line !== '');
  const errors = lines.filter((line) => line.startsWith('[ERROR]'));
  const text = lines.join('\n');
  const reason = (errors[0] ?? lines.at(-1) ?? 'no reason given')
    .replace('[ERROR]', '')
    .replace(/-> \[Help \d+\]/, '')
    .trim()
    .slice(0, 600);
  if (isDiskFull(text)) return diskFull(`${folder} or of Maven’s local repository`);
  if (/Read-only file system|Permission denied|AccessDenied|Could not create local repository/i.test(text)) {
    return new SluiceError('SANDBOX_CACHE', `Maven cannot write: ${reason}`, {
      hint: 'Make Maven’s local repository (~/.m2/repository) writable, or name another: MAVEN_OPTS=-Dmaven.repo.local=FOLDER',
    });
  }
  if (/JAVA_HOME/.test(text) && errors.length === 0) {
    return new SluiceError('SANDBOX_REQUIREMENT', `Maven does not start: ${reason}`, {
      hint: 'Point JAVA_HOME at Java 17 or newer, or unset it.',
    });
  }
  const network = NETWORK.test(text);
  return new SluiceError('SANDBOX_DOWNLOAD', `Maven could not fetch the sandbox's components: ${reason}`, {
    hint: network
      ? 'Check the network, and the proxy or mirror in ~/.m2/settings.xml; then run sluice sandbox up again; finished downloads are kept.'
      : 'The cause may be a damaged file in Maven’s local repository (~/.m2/repository): remove the file named above, and run sluice sandbox up again.',
  });
}
