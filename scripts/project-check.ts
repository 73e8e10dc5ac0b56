import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const root = path.resolve(import.meta.dirname, '..');
const MODULE = path.join(root, 'src', 'config', 'project-check.ts');

/** schemas/project.json as a module with the exports of src/config/project-check.ts, but without ajv. */
export function compileProjectCheck(): string {
  const schema = JSON.parse(readFileSync(path.join(root, 'schemas', 'project.json'), 'utf8')) as { $id: string };
  const ajv = new Ajv2020({ strict: false, code: { esm: true, source: true, lines: true } });
  ajv.addSchema(schema);
  const code = standalone.default(ajv, { check: schema.$id });
  // ajv loads its helpers with require, which ES modules lack; the keywords used so far need none.
  if (code.includes('require(')) throw new Error('schemas/project.json uses a keyword that needs one of ajv’s helpers');
  return `${code}\nexport const projectCheck = async () => check;\n`;
}

/** For rolldown and vite: replaces the module that compiles the check by the compiled check. */
export function compiledProjectCheck() {
  return {
    name: 'compiled-project-check',
    load(id: string) {
      return path.normalize(id) === MODULE
        ? { code: compileProjectCheck(), moduleType: 'js' as const, map: null }
        : null;
    },
    /** vitest keeps what it has compiled, and does not see that this depends on the schema. */
    configureVitest(vitest: { defineCacheKeyGenerator(keyOf: (module: { id: string }) => false | undefined): void }) {
      vitest.defineCacheKeyGenerator(({ id }) => (path.normalize(id) === MODULE ? false : undefined));
    },
  };
}
