// Builds dist/: the commands, and what they share with their packages in it, as few files (docs/decisions/0010).
import { globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

/** What oclif loads by name, beside the commands. */
const ENTRIES = ['src/cli/main.ts', 'src/cli/help.ts', 'src/cli/hooks/command-not-found.ts'];

/** Packages that stay where npm puts them: few runs load them, or they load parts of themselves by name. */
const APART =
  /^(?:@oclif\/plugin-|@inquirer\/|@platformatic\/|ajv\b|axios\b|croner\b|jsonc-parser\b|listr2\b|tedious\b|prom-client\b|pg-native\b)/;

const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(
    [...globSync('commands/**/*.ts', { cwd: root }), ...ENTRIES].map((file) => [file.replace(/\.ts$/, ''), file]),
  ),
  platform: 'node',
  external: [/^node:/, APART],
});
rmSync(dist, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'shared/[name]-[hash].js',
  sourcemap: true,
  sourcemapExcludeSources: true,
});
await bundle.close();

/** The folder of the package that a module belongs to. */
function packageOf(module: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module.replaceAll(path.sep, '/'))?.[0];
}

const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
const packages = new Set(modules.flatMap((module) => packageOf(module) ?? []));
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const text = file === undefined ? '' : `\n\n${readFileSync(path.join(folder, file), 'utf8').trim()}`;
  return `${name} ${version} (${license ?? 'see its page'})${text}`;
});
writeFileSync(path.join(dist, 'LICENSES.txt'), `${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
