// How our code becomes the product: for the build, and for benchmarks of what the product runs.
import path from 'node:path';
import { rolldown } from 'rolldown';
import { wholePackages } from './bundled-packages.ts';
import { compiledSchemaChecks } from './schema-checks.ts';

export const root = path.resolve(import.meta.dirname, '..');

/**
 * Our own files that form one chunk; a file belongs to the first group that matches it. What most runs load, in few files: to find,
 * read and link one takes longer than to load code that is not used. What few runs need does not belong here, nor what imports a
 * package.
 */
const GROUPS = {
  // All that `--version` loads.
  start:
    /^src\/(?:config\/package-root|errors\/registry|text\/settings|cli\/(?:closed-pipe|flag-names|log-format))\.ts$/,
  oclif: /^node_modules\/@oclif\/core\//,
  // Few runs lock anything, and SQLite, which does that, takes long to load.
  ground: /^src\/(?:(?:text|errors)\/|ports\/(?!memory)|files\/(?!lock))/,
  settings: /^src\/(?:config\/(?!project-check|describe)|secrets\/)/,
  connectors:
    /^src\/(?:connectors\/(?!templates|select)|topology\/(?:connector-class|feeds)\.|schemas\/(?:store|secrets|clients|project-schemas)\.)/,
  // Before the others, whose chunks would have in them what many commands share.
  command:
    /^src\/cli\/(?:command|document|failure|pastable|progress|style|table|terminal|typed-words|usage-errors|waiting-line|wrap-lines)\.ts$/,
  store: /^src\/store\/(?:comparisons|keep-latest|record|request|who)\.ts$/,
  worker: /^src\/(?:connect\/(?!certificate)|monitor\/)/,
  databases:
    /^src\/databases\/(?:(?:postgres|mysql|sqlserver)\/(?:engine|error-facts|names|settings|types|address)\.|[a-z-]+\.)/,
  reconcile:
    /^src\/(?:reconcile\/(?:(?:columns|compare|dialects)\/|(?!by-connector)[a-z-]+\.|live\/(?:live|fence|log-position)|shards\/fingerprint|repair\/statements)|cli\/views\/reconcile(?:-values|-result|-repair)?\.)/,
  // What a command needs that asks a worker.
  cluster: /^src\/cli\/(?:context|interrupted|lag-limits|completion\/names-key)\.ts$/,
  operate:
    /^src\/(?:operate\/(?:journal|record|restart|state|targets)\.|cli\/(?:operate-args|operate-options|refuse-kind|views\/operate)\.)/,
  inspect:
    /^src\/(?:inspect\/(?:each-url|plugins|topics)\.|topology\/(?:column-changes|name-regex|pipeline|row-changes|topic-names|topics|transforms)\.|cli\/views\/(?:health|status|topics|unreadable)\.|dlq\/depths\.)/,
};

type Groups = Readonly<Record<string, RegExp>>;

/**
 * Bundles modules, and all that they import, into a folder, and returns the chunks.
 * @param entries paths from the root
 * @param cwd the root, or that of another checkout
 * @param groups none for an entry that has to start as fast as it can: it then has its own copy of what it uses, and no more
 */
export async function bundleInto(dir: string, entries: readonly string[], cwd = root, groups: Groups = GROUPS) {
  await using bundle = await rolldown({
    cwd,
    input: Object.fromEntries(entries.map((file) => [file.replace(/\.ts$/, '').replaceAll(path.sep, '/'), file])),
    platform: 'node',
    plugins: [compiledSchemaChecks(), wholePackages()],
    // A remark of the bundler on busy machines.
    checks: { bundlerTimings: false },
    onLog(level, log, handle) {
      // A package that is not in the bundle is missing in an installation.
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      handle(level, log);
    },
  });
  const { output } = await bundle.write({
    dir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name]-[hash].js',
    sourcemap: true,
    sourcemapExcludeSources: true,
    codeSplitting: {
      groups: Object.entries(groups).map(([name, files]) => ({
        name,
        test: (file: string) => files.test(path.relative(cwd, file).replaceAll(path.sep, '/')),
      })),
    },
  });
  return output.filter((file) => file.type === 'chunk');
}
