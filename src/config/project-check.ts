/** The compiled schemas/project.json. */
export interface ProjectCheck {
  (value: unknown): boolean;
  errors?: { instancePath: string; keyword: string; message?: string; params: Record<string, unknown> }[] | null;
}

/**
 * Checks sluice.yaml against its schema. Compiling the schema takes 0.4 s of CPU, so the build replaces this file by the
 * compiled check (scripts/project-check.ts); only a run from source compiles it.
 */
export async function projectCheck(): Promise<ProjectCheck> {
  const [{ Ajv2020 }, { readFile }, { packagePath }] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('node:fs/promises'),
    import('./package-root.ts'),
  ]);
  const schema = JSON.parse(await readFile(packagePath('schemas', 'project.json'), 'utf8')) as object;
  return new Ajv2020({ strict: false }).compile(schema) as unknown as ProjectCheck;
}
