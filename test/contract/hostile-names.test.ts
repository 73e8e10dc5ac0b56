import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sluice } from '../helpers/run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = ['constructor', '__proto__', 'toString'];

describe('names of properties that every JavaScript object has', () => {
  it('are ordinary names of contexts, databases and pairs', async () => {
    writeFileSync(path.join(folder, 'sluice.yaml'), 'version: 1\n');
    for (const name of NAMES) {
      const runs = [
        [['status', '--context', name], 'CONTEXT_UNKNOWN'],
        [['context', 'use', name], 'CONTEXT_UNKNOWN'],
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

describe('invalid files', () => {
  it.skipIf(process.platform === 'win32')(
    'are an error at once, and never waited for',
    { timeout: 120_000 },
    async () => {
      const pipe = path.join(folder, 'pipe.json');
      execFileSync('mkfifo', [pipe]);
      const database = `postgres://u@127.0.0.1:1/x?sslmode=verify-full&sslrootcert=${pipe}`;
      const runs: [args: string[], code: number, said: RegExp][] = [
        [['validate', pipe], 11, /pipe or device/],
        [['validate', '--fix', pipe], 11, /pipe or device/],
        [['config', 'show', '--project', pipe], 2, /pipe or device/],
        [['config', 'show', '--env-file', pipe], 2, /pipe or device/],
        [['deploy', '--plan', pipe, '--connect-url', 'http://127.0.0.1:1'], 2, /pipe or device/],
        [['reconcile', 'merge', pipe], 2, /pipe or device/],
        [['reconcile', 't', '--source', database, '--target', database], 2, /pipe or device/],
        [['rules', 'list', '--to', pipe], 2, /a pipe without a reader/],
      ];
      for (const [args, code, said] of runs) {
        const run = await sluice(args, { cwd: folder, timeout: 20_000 });
        expect(`${run.stdout}${run.stderr}`).toMatch(said);
        expect(run.code).toBe(code);
      }
    },
  );
});

describe('names of sandboxes', () => {
  it('never escape their folder', { timeout: 120_000 }, async () => {
    // A record where such a name would lead.
    mkdirSync(path.join(folder, 'state', 'sandboxes'), { recursive: true });
    mkdirSync(path.join(folder, 'state', 'x'), { recursive: true });
    writeFileSync(path.join(folder, 'state', 'x', 'sandbox.json'), '{"version":1,"name":"x","parts":{}}');
    for (const name of ['../x', path.join(folder, 'state', 'x'), '..', '', 'a/b', 'X']) {
      for (const command of ['up', 'down', 'status', 'logs']) {
        const run = await sluice(['sandbox', command, '--name', name], {
          cwd: folder,
          env: { SLUICE_STATE_DIR: path.join(folder, 'state') },
        });
        expect(run.stderr).toContain('is not a valid sandbox name');
        expect(run.code).toBe(2);
      }
    }
  });
});

it('an alias without an anchor and excessive nesting are errors in sluice.yaml', async () => {
  const file = path.join(folder, 'odd.yaml');
  for (const text of ['version: 1\ndatabases: { x: *nosuch }\n', `version: 1\ndatabases: ${'['.repeat(9000)}\n`]) {
    writeFileSync(file, text);
    const run = await sluice(['config', 'show', '--project', file], { cwd: folder });
    expect(run.stderr).toMatch(/odd\.yaml.*(alias|nested too deeply).*\[PROJECT_INVALID\]/);
    expect(run.stderr).not.toContain('nosuch');
    expect(run.code).toBe(2);
  }
});
