import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sluice } from '../helpers/run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = ['constructor', '__proto__', 'toString'];

describe('names that every object of JavaScript has', () => {
  it('are ordinary names of contexts, databases and pairs', async () => {
    writeFileSync(path.join(folder, 'sluice.yaml'), 'version: 1\n');
    for (const name of NAMES) {
      const runs = [
        [['status', '--context', name], 'CONTEXT_UNKNOWN'],
        [['reconcile', 't', '--source', name, '--target', name], 'DATABASE_UNKNOWN'],
        [['reconcile', '--pair', name], 'PAIR_UNKNOWN'],
      ] as const;
      for (const [words, code] of runs) {
        const run = await sluice([...words], { cwd: folder });
        expect(run.stderr).toContain(`[${code}]`);
        expect(run.code).toBe(2);
      }
    }
  });

  it('are ordinary names of connectors, classes, keys, values and transforms', async () => {
    const files = NAMES.flatMap((name) =>
      ['FileStreamSink', 'io.debezium.connector.postgresql.PostgresConnector', name].map((connectorClass, index) => {
        const file = path.join(folder, `${name}-${index}.json`);
        const keys = [
          ['name', `${name}-${index}`],
          ['connector.class', connectorClass],
          ['key.converter', name],
          [name, name],
          [`driver.${name}`, name],
          [`consumer.override.${name}`, name],
          ['transforms', name],
          [`transforms.${name}.type`, name],
        ];
        writeFileSync(file, `{${keys.map(([key, value]) => `"${key}":"${value}"`).join(',')}}`);
        return file;
      }),
    );
    const run = await sluice(['validate', ...files, '--json'], { cwd: folder });
    const { connectors, findings } = JSON.parse(run.stdout) as { connectors: number; findings: { message: string }[] };
    expect(run.code).toBe(11);
    expect(connectors).toBe(files.length);
    for (const { message } of findings) expect(message).not.toMatch(/function|native code|\[object/);
  });
});
