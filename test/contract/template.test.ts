import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listTemplates, loadTemplate } from '../../src/connectors/templates/load.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-template-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SINK = [
  'template',
  'render',
  'debezium-jdbc-sink-postgres',
  ...['name=shop-sink', 'prefix=shop', 'host=db', 'database=shop', 'user=sluice'].flatMap((value) => ['--set', value]),
];

describe('sluice template', () => {
  test('list prints all templates within 80 columns, and as JSON', async () => {
    const list = await sluice(['template', 'list']);
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(/^NAME +CHECKED +SUMMARY\n/);
    for (const line of list.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const { templates } = parseDocument<{ templates: { name: string }[] }>(
      (await sluice(['template', 'list', '--json'])).stdout,
      'template-list',
    );
    expect(templates).toHaveLength(11);
    for (const { name } of templates) expect(list.stdout).toContain(name);
  });

  test('show prints every setting with its reason, and as JSON', async () => {
    const show = await sluice(['template', 'show', 'debezium-jdbc-sink-postgres']);
    expect(show).toMatchObject({ code: 0, stderr: '' });
    expect(show.stdout).toContain('use.reduction.buffer = true');
    expect(show.stdout.replace(/\s+/g, ' ')).toContain('does not report failed writes there');
    const document = parseDocument<{ sections: { settings: unknown[] }[] }>(
      (await sluice(['template', 'show', 'debezium-jdbc-sink-postgres', '-o', 'json'])).stdout,
      'template-show',
    );
    expect(document.sections.flatMap((section) => section.settings).length).toBeGreaterThan(30);
  });

  test('render replaces a file only with --force, and writes to a device at any time', async () => {
    const file = path.join(folder, 'mine.yaml');
    expect((await sluice([...SINK, '--to', file])).code).toBe(0);
    writeFileSync(file, 'mine');
    const refused = await sluice([...SINK, '--to', file]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${file} already exists`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await sluice([...SINK, '--to', file, '--force'])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('shop-sink');
    expect((await sluice([...SINK, '--to', '/dev/null'])).code).toBe(0);
  });

  test('render prints a commented connector file', async () => {
    const { code, stdout, stderr } = await sluice(SINK);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(parse(stdout)).toMatchObject({
      name: 'shop-sink',
      config: { 'tasks.max': 3, 'connection.password': '${TARGET_PASSWORD}', 'topics.regex': 'shop\\..+' },
    });
    expect(stdout).toContain('# A tombstone deletes the row.');
  });

  test('render -o json prints a document; --to writes what Connect accepts', async () => {
    const document = parseDocument((await sluice([...SINK, '-o', 'json'])).stdout, 'template-render');
    const file = path.join(folder, 'sink.json');
    expect(await sluice([...SINK, '--to', file])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const { schemaVersion: _version, ...connector } = document;
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(connector);
    const yaml = path.join(folder, 'sink.yaml');
    expect(await sluice([...SINK, '--to', yaml])).toMatchObject({ code: 0, stdout: '' });
    const { config } = parse(readFileSync(yaml, 'utf8')) as { config: Record<string, unknown> };
    expect(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)]))).toEqual(
      connector['config'],
    );
  });

  test('a value may contain =', async () => {
    const { stdout } = await sluice([...SINK, '--set', 'topics-regex=a=b', '--json']);
    expect(JSON.parse(stdout).config['topics.regex']).toBe('a=b');
  });

  test('invalid placeholders are one error that names them all, exit 2, and nothing is written', async () => {
    const file = path.join(folder, 'never.yaml');
    const args = [
      'template',
      'render',
      'debezium-jdbc-sink-postgres',
      '--set',
      'name=x',
      '--set',
      'databas=y',
      '--to',
      file,
    ];
    const { code, stdout, stderr } = await sluice(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('missing: host, database, user, prefix; unknown: databas (did you mean database?)');
    expect(() => readFileSync(file)).toThrow('ENOENT');
    const failed = JSON.parse((await sluice([...args, '--json'])).stdout);
    expect(failed.error).toMatchObject({
      code: 'TEMPLATE_VALUES',
      details: { missing: ['host', 'database', 'user', 'prefix'], unknown: [{ name: 'databas', nearest: 'database' }] },
    });
  });

  test('a password in clear text is refused, and not repeated', async () => {
    const { code, stdout, stderr } = await sluice([...SINK, '--set', 'password=hunter2']);
    expect(code).toBe(2);
    expect(stderr).toContain('password must be a reference');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  test('a file from each template passes sluice validate without a warning', async () => {
    const files = await Promise.all(
      listTemplates().map(async ({ name }) => {
        const { placeholders } = await loadTemplate(name);
        const sets = Object.entries(placeholders)
          .filter(([, placeholder]) => placeholder.required)
          .flatMap(([key, { example }]) => ['--set', `${key}=${key === 'name' ? name : (example ?? 'some')}`]);
        const file = path.join(folder, `all-${name}.yaml`);
        expect(await sluice(['template', 'render', name, ...sets, '--to', file]), name).toMatchObject({ code: 0 });
        return file;
      }),
    );
    const { code, stdout } = await sluice(['validate', ...files, '--json'], {
      env: { SOURCE_PASSWORD: 'one', TARGET_PASSWORD: 'two' },
    });
    const { connectors, findings } = JSON.parse(stdout) as {
      connectors: number;
      findings: { rule: string; severity: string; message: string }[];
    };
    // The examples all belong to one shop, so they share its prefix and topics; notes are the operator's to weigh.
    expect(findings.filter(({ rule, severity }) => severity !== 'note' && !rule.startsWith('shared-'))).toEqual([]);
    expect({ code, connectors }).toEqual({ code: 0, connectors: files.length });
  });

  test('an unknown template is an error with the nearest name, exit 2', async () => {
    const { code, stderr } = await sluice(['template', 'show', 'debezium-mysql-sourc']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean debezium-mysql-source?');
  });
});
