// Builds dist/: the commands, their shared code and its packages, in few files (docs/decisions/0010).
import { globSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { INSTALLED_BY_USERS, wholePackages } from './bundled-packages.ts';
import { thirdPartyNotices } from './notices.ts';
import { compiledProjectCheck } from './project-check.ts';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');

/** Modules that oclif loads by name, besides the commands. */
const ENTRIES = ['src/cli/main.ts', 'src/cli/help.ts', 'src/cli/hooks/command-not-found.ts'];

/** Our own files that form one chunk; a file belongs to the first group that matches it. */
function group(name: string, files: RegExp) {
  return { name, test: (file: string) => files.test(path.relative(root, file).replaceAll(path.sep, '/')) };
}

/**
 * What most runs load, in few files: to find, read and link one takes longer than to load code that is not used. What few
 * runs need does not belong here, nor what imports a package.
 */
const GROUPS = [
  // All that `--version` loads.
  group('start', /^src\/(?:config\/package-root|errors\/registry|text\/settings|cli\/(?:closed-pipe|flag-names))\.ts$/),
  group('ground', /^src\/(?:text|errors|ports|files)\//),
  group('settings', /^src\/(?:config\/(?!project-check|describe)|secrets\/)/),
  group(
    'connectors',
    /^src\/(?:connectors\/(?!templates|select)|topology\/(?:connector-class|feeds)\.|schemas\/(?:store|secrets|clients|project-schemas)\.)/,
  ),
  group(
    'databases',
    /^src\/databases\/(?:(?:postgres|mysql|sqlserver)\/(?:engine|error-facts|names|settings|types|address)\.|[a-z-]+\.)/,
  ),
  group(
    'reconcile',
    /^src\/(?:reconcile\/(?:(?:columns|compare|dialects)\/|(?!by-connector)[a-z-]+\.|live\/(?:live|fence|log-position)|shards\/fingerprint|repair\/statements)|cli\/views\/reconcile(?:-values|-result|-repair)?\.|store\/(?:comparisons|record)\.)/,
  ),
];

const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(
    [...globSync('commands/**/*.ts', { cwd: root }), ...ENTRIES].map((file) => [
      file.replace(/\.ts$/, '').replaceAll(path.sep, '/'),
      file,
    ]),
  ),
  platform: 'node',
  plugins: [compiledProjectCheck(), wholePackages()],
  // A remark of the bundler on busy machines.
  checks: { bundlerTimings: false },
  onLog(level, log, handle) {
    // A package that is not in the bundle is missing in an installation.
    if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    handle(level, log);
  },
});
rmSync(dist, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'shared/[name]-[hash].js',
  sourcemap: true,
  sourcemapExcludeSources: true,
  codeSplitting: { groups: GROUPS },
});
await bundle.close();

const chunks = output.filter((file) => file.type === 'chunk');
// Imports, and what CommonJS code requires.
const outside = new Set(
  chunks.flatMap(({ imports, dynamicImports, code }) => [
    ...[...imports, ...dynamicImports].filter((name) => !chunks.some(({ fileName }) => fileName === name)),
    ...[...code.matchAll(/\b__require\((["'])(.+?)\1\)/g)].map(([, , name = '']) => name),
  ]),
);
const missing = [...outside].filter((name) => !isBuiltin(name) && !INSTALLED_BY_USERS.includes(name));
if (missing.length > 0) throw new Error(`not in the bundle, and so not installed with sluice: ${missing.join(', ')}`);

writeFileSync(
  path.join(dist, 'THIRD-PARTY-NOTICES.txt'),
  thirdPartyNotices(chunks.flatMap((chunk) => chunk.moduleIds)),
);
