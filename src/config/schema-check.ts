/** A compiled file of schemas/. */
export interface SchemaCheck {
  (value: unknown): boolean;
  errors?: { instancePath: string; keyword: string; message?: string; params: Record<string, unknown> }[] | null;
}

/**
 * Compiling a schema takes 0.4 s of CPU, so the build replaces the modules that call this by the compiled checks
 * (scripts/schema-checks.ts); only a run from source compiles them.
 */
export async function compileSchema(file: string): Promise<SchemaCheck> {
  const [{ Ajv2020 }, { readFile }, { packagePath }] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('node:fs/promises'),
    import('./package-root.ts'),
  ]);
  const schema = JSON.parse(await readFile(packagePath('schemas', file), 'utf8')) as object;
  return new Ajv2020({ strict: false }).compile(schema) as unknown as SchemaCheck;
}
