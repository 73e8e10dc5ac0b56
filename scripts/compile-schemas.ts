// Compiles schemas/project.json to src/config/project-check.generated.ts, so that no command compiles it again on every
// run; a contract test fails when the committed one is stale.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { compileProjectSchema } from './project-schema.ts';

const root = path.resolve(import.meta.dirname, '..');
writeFileSync(path.join(root, 'src', 'config', 'project-check.generated.ts'), await compileProjectSchema(root));
