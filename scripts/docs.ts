// Writes docs/causes.md, docs/errors.md, docs/rules.md and schemas/output from their sources; a contract test fails when one is stale.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { packagePath } from '../src/config/package-root.ts';
import { causesPage, errorsPage, rulesPage } from './docs-pages.ts';
import { outputSchemas } from './output-schemas.ts';

writeFileSync(packagePath('docs', 'causes.md'), causesPage());
writeFileSync(packagePath('docs', 'errors.md'), errorsPage());
writeFileSync(packagePath('docs', 'rules.md'), rulesPage());

const schemas = outputSchemas();
const folder = packagePath('schemas', 'output');
for (const name of readdirSync(folder)) if (!schemas.has(name)) rmSync(packagePath('schemas', 'output', name));
for (const [name, text] of schemas) writeFileSync(packagePath('schemas', 'output', name), text);
