import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const root = path.resolve(import.meta.dirname, '..');

/** Modules that compile a schema when they run from source: `export const name = () => compileSchema('…')`. */
const CHECKS = [
  { module: path.join('src', 'config', 'project-check.ts'), name: 'projectCheck', schema: 'project.json' },
  {
    module: path.join('src', 'operate', 'offsets', 'backup-check.ts'),
    name: 'backupCheck',
    schema: 'offsets-backup.json',
  },
] as const;

export type CompiledSchema = (typeof CHECKS)[number]['schema'];

/** A schema as a module with the exports of the one that compiles it, but without ajv. */
export function compileSchemaCheck(file: CompiledSchema): string {
  const schema = JSON.parse(readFileSync(path.join(root, 'schemas', file), 'utf8')) as { $id: string };
  const ajv = new Ajv2020({ strict: false, code: { esm: true, source: true, lines: true } });
  ajv.addSchema(schema);
  const code = standalone.default(ajv, { check: schema.$id });
  // ajv loads its helpers with require, which ES modules lack; the keywords used so far need none.
  if (code.includes('require(')) throw new Error(`schemas/${file} uses a keyword that needs one of ajv’s helpers`);
  const { name } = CHECKS.find(({ schema: one }) => one === file) as (typeof CHECKS)[number];
  return `${code}\nexport const ${name} = async () => check;\n`;
}

/** For rolldown and vite: replaces the modules that compile a check by the compiled checks. */
export function compiledSchemaChecks() {
  const checkOf = (id: string) => CHECKS.find(({ module }) => path.join(root, module) === path.normalize(id));
  return {
    name: 'compiled-schema-checks',
    load(id: string) {
      const check = checkOf(id);
      return check === undefined
        ? null
        : { code: compileSchemaCheck(check.schema), moduleType: 'js' as const, map: null };
    },
    /** vitest keeps what it has compiled, and does not see that this depends on the schema. */
    configureVitest(vitest: { defineCacheKeyGenerator(keyOf: (module: { id: string }) => false | undefined): void }) {
      vitest.defineCacheKeyGenerator(({ id }) => (checkOf(id) === undefined ? undefined : false));
    },
  };
}
