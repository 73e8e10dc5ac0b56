// Builds dist/: the commands, their shared code and its packages, in few files (docs/decisions/0010).
import { globSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { bundleInto, root } from './bundle.ts';
import { INSTALLED_BY_USERS } from './bundled-packages.ts';
import { thirdPartyNotices } from './notices.ts';

const dist = path.join(root, 'dist');

/** Modules that oclif loads by name, besides the commands. */
const ENTRIES = [
  'src/cli/main.ts',
  'src/cli/completion/refresh.ts',
  'src/cli/help.ts',
  'src/cli/hooks/command-not-found.ts',
];

rmSync(dist, { recursive: true, force: true });
const chunks = [
  ...(await bundleInto(dist, [...globSync('commands/**/*.ts', { cwd: root }), ...ENTRIES])),
  // Shells wait for it at each TAB.
  ...(await bundleInto(dist, ['src/cli/complete.ts'], root, {})),
];
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
