import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packagePath, packageRoot } from '../config/package-root.ts';
import { isClosedPipe, printFailure, translateFailure } from './failure.ts';
import { Terminal } from './terminal.ts';

/**
 * Runs the command line. Errors inside a command are handled by the command; what arrives here went wrong before
 * one was found (an unknown command, a broken installation).
 */
export async function main(entry: string, options: { development?: boolean } = {}): Promise<void> {
  process.stdout.on('error', endQuietly);
  process.stderr.on('error', endQuietly);
  const [{ run }, { settings }] = await Promise.all([import('@oclif/core/run'), import('@oclif/core/settings')]);
  // Node strips types by itself; oclif must not look for tsx or ts-node.
  settings.enableAutoTranspile = false;
  try {
    await run(process.argv.slice(2), {
      root: options.development ? packageRoot() : fileURLToPath(entry),
      ...(options.development ? { pjson: developmentManifest(), ignoreManifest: true } : {}),
    });
  } catch (error) {
    if (isClosedPipe(error)) return;
    const exit = error as { code?: string; oclif?: { exit?: number } };
    if (exit.code === 'EEXIT') {
      process.exitCode = exit.oclif?.exit ?? 0;
      return;
    }
    const verbose = process.argv.includes('--verbose');
    const failure = translateFailure(error, '');
    printFailure(failure, new Terminal({ noColor: process.argv.includes('--no-color'), verbose }), verbose);
    process.exitCode = failure.exitCode;
  }
}

/** A closed pipe (`| head`) ends the run without a word; other stream errors are real. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? 0);
}

/** The package's manifest with the sources in place of what is compiled from them. */
function developmentManifest() {
  const text = readFileSync(packagePath('package.json'), 'utf8');
  const pjson = JSON.parse(text.replaceAll(/"\.\/dist\/(src\/[^"]+)\.js"/g, '"./$1.ts"')) as {
    oclif: { commands: object };
  };
  pjson.oclif.commands = { strategy: 'pattern', target: './commands', globPatterns: ['**/*.ts'] };
  return pjson as never;
}
