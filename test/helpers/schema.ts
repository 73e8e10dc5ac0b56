import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { packagePath } from '../../src/config/package-root.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });

/** Parses a command's JSON output and fails unless it is what schemas/output/NAME.json describes. */
export function parseDocument<T = Record<string, unknown>>(stdout: string, name: string): T {
  const document: unknown = JSON.parse(stdout);
  const schema = JSON.parse(readFileSync(packagePath('schemas', 'output', `${name}.json`), 'utf8'));
  const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
  if (!validate(document)) throw new Error(`not a ${name} document: ${ajv.errorsText(validate.errors)}\n${stdout}`);
  return document as T;
}
