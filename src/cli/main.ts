import { readFileSync, writeSync } from 'node:fs';
import { packagePath, packageRoot } from '../config/package-root.ts';
import { FILES_MISSING, FILES_MISSING_HINT } from '../errors/error.ts';
import { ERRORS } from '../errors/registry.ts';
import { nameSettings } from '../text/settings.ts';
import { isClosedPipe } from './closed-pipe.ts';
import { flagName } from './flag-names.ts';
import { withoutLeadingFlags } from './leading-flags.ts';
import { chooseLogFormat, jsonLog } from './log-format.ts';

/**
 * Runs the command line. A command handles its own errors; what arrives here went wrong before one was found
 * (an unknown command, a broken installation).
 */
export async function main(options: { development?: boolean } = {}): Promise<void> {
  nameSettings(flagName);
  process.stdout.on('error', endUnwritten);
  process.stderr.on('error', endUnwritten);
  process.on('uncaughtException', endDefective);
  // Libraries would print arguments, options and headers unmasked.
  delete process.env.DEBUG;
  const argv = withoutLeadingFlags(process.argv.slice(2));
  await chooseLogFormat(argv, process.env.SLUICE_LOG_FORMAT);
  const [{ run }, { settings }] = await Promise.all([import('@oclif/core/run'), import('@oclif/core/settings')]);
  // Node strips types by itself; oclif must not look for tsx or ts-node.
  settings.enableAutoTranspile = false;
  try {
    await run(argv, {
      root: packageRoot(),
      pjson: manifest(options),
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
    // A command of a plugin.
    const [command = ''] = argv;
    const failure = translateFailure(error, command.startsWith('-') ? '' : command);
    const terminal = new Terminal({ noColor: argv.includes('--no-color'), verbose });
    printFailure(failure, terminal, verbose);
    if (argv.includes('--json')) {
      const [{ toFailureDocument }, { serialize }] = await Promise.all([
        import('./document.ts'),
        import('../text/serialize.ts'),
      ]);
      terminal.write(await serialize(toFailureDocument(failure, []), 'json'));
    }
    process.exitCode = failure.exitCode;
  }
}

/** Errors outside any call, such as those of a library's event: Node would print them unmasked. */
function endDefective(error: unknown): void {
  Promise.all([import('./failure.ts'), import('./terminal.ts')])
    .then(([failure, { Terminal }]) => {
      const { argv } = process;
      const verbose = argv.includes('--verbose');
      const translated = failure.translateFailure(error, '');
      failure.printFailure(translated, new Terminal({ noColor: argv.includes('--no-color'), verbose }), verbose);
      process.exit(translated.exitCode);
    })
    // Otherwise the rejection would end up here again, forever.
    .catch(() => {
      writeSync(2, `Error: ${FILES_MISSING} [INTERNAL]\n  ${FILES_MISSING_HINT}\n`);
      process.exit(ERRORS.INTERNAL.exit);
    });
}

/** The package manifest, as oclif should see it. */
function manifest({ development }: { development?: boolean }) {
  const text = readFileSync(packagePath('package.json'), 'utf8');
  const pjson = JSON.parse(development ? text.replaceAll(/"\.\/dist\/(src\/[^"]+)\.js"/g, '"./$1.ts"') : text) as {
    oclif: { commands: object };
  };
  if (development) pjson.oclif.commands = { strategy: 'pattern', target: './commands', globPatterns: ['**/*.ts'] };
  return pjson as never;
}

/**
 * A closed pipe (`| head`) ends the run silently. If the output cannot be written for another reason, such as a full
 * disk, the run has failed regardless of its result: the reader did not get all of it.
 */
function endUnwritten(error: NodeJS.ErrnoException): void {
  if (isClosedPipe(error)) process.exit(process.exitCode ?? 0);
  const message = `cannot write the output: ${error.message}`;
  const log = jsonLog();
  try {
    // Not through the stream, which may be the one that failed.
    if (log === undefined) writeSync(2, `Error: ${message} [FILE_UNWRITABLE]\n`);
    else log('error', message, { code: 'FILE_UNWRITABLE', exitCode: ERRORS.FILE_UNWRITABLE.exit });
  } catch {
    // There is nowhere left to report it; the exit code remains.
  }
  process.exit(ERRORS.FILE_UNWRITABLE.exit);
}
