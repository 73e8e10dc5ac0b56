import { readFileSync, writeSync } from 'node:fs';
import { packagePath, packageRoot } from '../config/package-root.ts';
import { ERRORS } from '../errors/registry.ts';
import { isClosedPipe } from './closed-pipe.ts';

/**
 * Runs the command line. Errors inside a command are handled by the command; what arrives here went wrong before
 * one was found (an unknown command, a broken installation).
 */
export async function main(options: { development?: boolean } = {}): Promise<void> {
  process.stdout.on('error', endUnwritten);
  process.stderr.on('error', endUnwritten);
  const [{ run }, { settings }] = await Promise.all([import('@oclif/core/run'), import('@oclif/core/settings')]);
  // Node strips types by itself; oclif must not look for tsx or ts-node.
  settings.enableAutoTranspile = false;
  const argv = process.argv.slice(2);
  try {
    await run(argv, {
      root: packageRoot(),
      pjson: manifest(argv, options),
      ignoreManifest: options.development ?? false,
    });
  } catch (error) {
    if (isClosedPipe(error)) return;
    const exit = error as { code?: string; oclif?: { exit?: number } };
    if (exit.code === 'EEXIT') {
      process.exitCode = exit.oclif?.exit ?? 0;
      return;
    }
    const [{ printFailure, translateFailure }, { Terminal }] = await Promise.all([
      import('./failure.ts'),
      import('./terminal.ts'),
    ]);
    const verbose = argv.includes('--verbose');
    const failure = translateFailure(error, '');
    printFailure(failure, new Terminal({ noColor: argv.includes('--no-color'), verbose }), verbose);
    process.exitCode = failure.exitCode;
  }
}

/** Commands of plugins, and those that list every command. */
const WANT_PLUGINS = new Set([undefined, 'help', 'autocomplete', '--help', '-h']);

/** What oclif is to know of the package. */
function manifest(argv: readonly string[], { development }: { development?: boolean }) {
  const text = readFileSync(packagePath('package.json'), 'utf8');
  const pjson = JSON.parse(development ? text.replaceAll(/"\.\/dist\/(src\/[^"]+)\.js"/g, '"./$1.ts"') : text) as {
    oclif: { commands: object; plugins: string[] };
  };
  // Each plugin costs every run as much as a command does.
  if (!WANT_PLUGINS.has(argv[0])) pjson.oclif.plugins = [];
  if (development) pjson.oclif.commands = { strategy: 'pattern', target: './commands', globPatterns: ['**/*.ts'] };
  return pjson as never;
}

/**
 * A closed pipe (`| head`) ends the run without a word. Where the output cannot be written for another reason, as on a
 * full disk, the run has failed whatever its result: what was to read it has half of it at most.
 */
function endUnwritten(error: NodeJS.ErrnoException): void {
  if (isClosedPipe(error)) process.exit(process.exitCode ?? 0);
  try {
    // Not by the stream, which may be the one that failed.
    writeSync(2, `Error: the output cannot be written: ${error.message} [FILE_UNWRITABLE]\n`);
  } catch {
    // Nobody can be told; the exit code remains.
  }
  process.exit(ERRORS.FILE_UNWRITABLE.exit);
}
