import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const HEADER = `// Written by npm run compile-schemas from schemas/project.json; do not edit.
// @ts-nocheck: ajv's own output
`;

/** The text of src/config/project-check.generated.ts. */
export async function compileProjectSchema(root: string): Promise<string> {
  const schema = JSON.parse(readFileSync(path.join(root, 'schemas', 'project.json'), 'utf8')) as object;
  const ajv = new Ajv2020({ allErrors: false, strict: false, code: { esm: true, source: true, lines: true } });
  const code = standalone.default(ajv, { checkProject: schemaId(ajv, schema) });
  // ajv's helpers come by require, which an ES module has not; the keywords used so far need none.
  if (code.includes('require(')) throw new Error('schemas/project.json uses a keyword that needs one of ajv’s helpers');
  return HEADER + code;
}

function schemaId(ajv: Ajv2020, schema: object): string {
  ajv.addSchema(schema);
  return (schema as { $id: string }).$id;
}
