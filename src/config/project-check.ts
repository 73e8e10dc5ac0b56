import { compileSchema } from './schema-check.ts';

/** Checks sluice.yaml against schemas/project.json. */
export const projectCheck = () => compileSchema('project.json');
