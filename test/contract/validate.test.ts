import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const GOOD = {
  name: 'lines',
  config: { 'connector.class': 'FileStreamSource', topic: 'lines', file: '/tmp/lines', 'tasks.max': 1 },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-validate-'));
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write('good.json', JSON.stringify(GOOD));
  write('typo.json', JSON.stringify({ ...GOOD, config: { ...GOOD.config, toppic: 'x' } }, null, 2));
  write('bad.yaml', 'name: other\nconfig:\n  connector.class: FileStreamSource\n  tasks.max: many\n');
  write('broken.json', '{ "name": ');
  write('sluice.yaml', 'version: 1\nconnectors: ["g*.json"]\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** With a warning that `--fix-unsafe` fixes. */
const SLIP = 'name: s\nconnector.class: FileStreamSink\ntopics: a\nerrors.log.enabled: true\n';

const run = (...args: string[]) => sluice(['validate', ...args], { cwd: folder });

describe('sluice validate', () => {
  it('finds nothing in a good file', async () => {
    const result = await run('good.json');
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toBe('1 connector in 1 file: nothing found\n');
  });

  it("takes the project's connectors where no path is given", async () => {
    expect((await run()).stdout).toBe('1 connector in 1 file: nothing found\n');
  });

  it('reports that there is nothing to check', async () => {
    const result = await sluice(['validate'], { cwd: tmpdir() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('no connector files given');
  });

  it('shows a warning with its place and the fix, and passes', async () => {
    const result = await run('typo.json');
    expect(result.code).toBe(0);
    expect(result.stdout).toBe(`typo.json:8:5: warning: toppic is unknown, and the worker ignores it [unknown-key]
  8 |     "toppic": "x"
    |     ^^^^^^^^
  → Did you mean topic? It is already set.

1 connector in 1 file: 1 warning
`);
  });

  it('has one finding for a required key without a value', async () => {
    const text =
      'name: a\nconnector.class: FileStreamSink\ntopics: a\nfile: null\ntasks.max: null\nerrors.tolerance:\n';
    const { stdout } = await sluice(['validate', '-', '-o', 'compact'], { stdin: text });
    expect(stdout).toContain('null-value "tasks.max"');
    const source = text.replace('Sink', 'Source').replace('topics: a', 'topic: null');
    const lines = (await sluice(['validate', '-', '-o', 'compact'], { stdin: source })).stdout.split('\n');
    expect(lines.filter((line) => / topic |"topic"/.test(line))).toEqual(['-:3:1: error missing-key topic is missing']);
  });

  it('shows what can be fixed', async () => {
    const text =
      'name: a\nconnector.class: FileStreamSink\ntopics: a\nfile: /a\nerrors.tolerence: none\ntasks.maxx: 1\n';
    const { stdout } = await sluice(['validate', '-'], { stdin: text });
    expect(stdout).toMatch(/1 connector in 1 file: 2 warnings\ncan be fixed: 2 with --fix-unsafe\n$/);
  });

  it('shows errors only with --quiet, and counts the rest', async () => {
    const { code, stdout } = await run('typo.json', 'bad.yaml', '--quiet');
    expect(code).toBe(11);
    expect(stdout).not.toContain('toppic');
    expect(stdout).toContain('tasks.max must be a whole number');
    expect(stdout).toMatch(
      /2 connectors in 2 files: 2 errors, 1 warning\nwarnings and notes are not shown: --quiet\n$/,
    );
    const slip = path.join(folder, 'quiet.yaml');
    writeFileSync(slip, SLIP);
    expect((await run(slip, '--quiet')).stdout).toMatch(/not shown: --quiet\ncan be fixed: 1 with --fix-unsafe\n$/);
    const { findings, rules, fixable } = JSON.parse((await run(slip, '--quiet', '--json')).stdout);
    expect({ findings, rules, fixable }).toEqual({
      findings: [],
      rules: { 'unknown-key': 1 },
      fixable: { safe: 0, unsafe: 1 },
    });
  });

  it('writes one line per finding with -o compact, and a Code Quality report with -o gitlab', async () => {
    const compact = await run('typo.json', 'bad.yaml', '-o', 'compact');
    expect(compact).toMatchObject({ code: 11, stderr: '' });
    expect(compact.stdout.split('\n')[0]).toBe(
      'typo.json:8:5: warning unknown-key toppic is unknown, and the worker ignores it',
    );
    const gitlab = JSON.parse((await run('typo.json', '-o', 'gitlab')).stdout);
    expect(gitlab).toMatchObject([{ check_name: 'unknown-key', location: { path: 'typo.json', lines: { begin: 8 } } }]);
  });

  it('writes nothing in a line format without findings', async () => {
    for (const form of ['compact', 'github']) {
      const { code, stdout } = await run('typo.json', '--quiet', '-o', form);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    }
  });

  it('reports on stderr what was fixed, and that the worker did not respond', async () => {
    const file = path.join(folder, 'slip.yaml');
    writeFileSync(file, SLIP);
    const fixed = await run(file, '--fix-unsafe', '-o', 'compact');
    expect(fixed.stderr).toContain('slip.yaml: fixed: renamed errors.log.enabled to errors.log.enable');
    const hostile = path.join(folder, 'slip\u001b[8m.yaml');
    writeFileSync(hostile, SLIP);
    expect((await run(hostile, '--fix-unsafe', '-o', 'compact')).stderr).not.toContain('\u001b');
    const away = await run(file, '-o', 'compact', '--remote', '--connect-url', 'http://127.0.0.1:1');
    expect(away).toMatchObject({ code: 12, stderr: expect.stringContaining('[CONNECT_UNREACHABLE]') });
  });

  it('says with --dry-run what would be fixed, and changes no file', async () => {
    const file = path.join(folder, 'dry.yaml');
    writeFileSync(file, SLIP);
    const { code, stdout } = await run(file, '--fix-unsafe', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('dry.yaml: would be fixed: renamed errors.log.enabled to errors.log.enable\n');
    expect(stdout).toMatch(/can be fixed: 1 with --fix-unsafe\n$/);
    const compact = await run(file, '--fix-unsafe', '--dry-run', '-o', 'compact');
    expect(compact.stderr).toContain('would be fixed: renamed');
    const json = await run(file, '--fix-unsafe', '--dry-run', '--json');
    expect(parseDocument(json.stdout, 'validate')).toMatchObject({ wouldFix: [{ key: 'errors.log.enabled' }] });
    expect(readFileSync(file, 'utf8')).toBe(SLIP);
    const stdin = await sluice(['validate', '-', '--fix-unsafe', '-n', '--json'], { stdin: SLIP });
    const document = parseDocument<Record<string, unknown>>(stdin.stdout, 'validate');
    expect(document).toMatchObject({ wouldFix: [{ file: '-' }], warnings: 1 });
    expect(document).not.toHaveProperty('fixedText');
    expect(await run(file, '--dry-run')).toMatchObject({ code: 2, stderr: expect.stringContaining('needs --fix') });
  });

  it('shows errors last, above the summary', async () => {
    const { code, stdout } = await run('bad.yaml', 'typo.json');
    expect(code).toBe(11);
    expect(stdout.indexOf(': warning: ')).toBeLessThan(stdout.indexOf(': error: '));
    expect(stdout.indexOf(': error: ')).toBeGreaterThan(0);
  });

  it('refuses a format that cannot hold the fixed text of standard input', async () => {
    const { code, stdout, stderr } = await sluice(['validate', '-', '--fix', '-o', 'sarif'], { stdin: 'name: a\n' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('-o sarif cannot hold the fixed text of standard input');
  });

  it('reads properties', async () => {
    writeFileSync(path.join(folder, 'sink.properties'), 'name=s\nconnector.class=FileStreamSink\ntopics=a b\n');
    expect((await run('sink.properties', '-o', 'compact')).stdout).toBe(
      'sink.properties:3:8: error illegal-topic-name topics: "a b" is not a valid topic name\n',
    );
  });

  it('exits 11 on errors, on warnings with --strict, and above --max-warnings', async () => {
    expect((await run('bad.yaml')).code).toBe(11);
    expect((await run('typo.json', '--strict')).code).toBe(11);
    expect((await run('typo.json', '--max-warnings', '0')).code).toBe(11);
    expect((await run('typo.json', '--max-warnings', '1')).code).toBe(0);
  });

  it('writes a document with --json, even for unreadable files', async () => {
    const result = await run('bad.yaml', 'broken.json', 'gone.json', 'good.json', '--json');
    expect(result.code).toBe(11);
    const document = parseDocument<{ errors: number; findings: { rule: string; file: string }[] }>(
      result.stdout,
      'validate',
    );
    expect(document.findings.map(({ rule, file }) => `${file} ${rule}`)).toEqual([
      'gone.json unreadable-file',
      'bad.yaml missing-key',
      'bad.yaml invalid-value',
      'broken.json syntax',
    ]);
    expect(result.stderr).toBe('');
  });

  it('reads standard input', async () => {
    const result = await sluice(['validate', '-'], { stdin: '{"name": "a", "config": {}}' });
    expect(result.code).toBe(11);
    expect(result.stdout).toContain('-:1:1: error: connector.class is missing');
  });
});

describe('sluice validate - --fix', () => {
  const orders = `name: lines
config:
  connector.class: io.debezium.connector.postgresql.PostgresConnector # kept
  topic.prefix: shop
  database.hostname: db
  database.user: debezium
  database.dbname: shop
  plugin.name: pgoutput
  tasks.max: 4
`;

  it('writes the fixed text to stdout, and the findings to stderr', async () => {
    const result = await sluice(['validate', '-', '--fix'], { stdin: orders });
    expect(result.stdout).toBe(orders.replace('tasks.max: 4', 'tasks.max: 1'));
    expect(result.stderr).toContain('set tasks.max to 1');
    expect(result.stderr).toContain('1 connector in 1 file');
    expect(result.code).toBe(0);
  });

  it('passes on what cannot be fixed, with its findings and exit code', async () => {
    const broken = `${orders}  tasks.max: 5\n`;
    const result = await sluice(['validate', '-', '--fix'], { stdin: broken });
    expect(result).toMatchObject({ code: 11, stdout: broken });
    expect(result.stderr).toContain('duplicate-key');
  });

  it('has the text in the JSON document', async () => {
    const { stdout } = await sluice(['validate', '-', '--fix', '--json'], { stdin: orders });
    const document = parseDocument<{ fixedText: string; fixed: object[] }>(stdout, 'validate');
    expect(document.fixedText).toContain('tasks.max: 1');
    expect(document.fixed).toHaveLength(1);
  });

  it('does not accept a file as well', async () => {
    const result = await sluice(['validate', '-', 'good.json', '--fix'], { cwd: folder, stdin: orders });
    expect(result).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('sluice validate --remote without a worker', () => {
  const nowhere = ['--remote', '--connect-url', 'http://127.0.0.1:9'];

  it('still shows the offline findings, and exits with 12', async () => {
    const result = await run('bad.yaml', ...nowhere);
    expect(result.code).toBe(12);
    expect(result.stdout).toContain('tasks.max must be a whole number');
    expect(result.stderr).toContain('CONNECT_UNREACHABLE');
  });

  it('reports it in the JSON document along with the findings', async () => {
    const result = await run('bad.yaml', ...nowhere, '--json');
    expect(result.code).toBe(12);
    const document = parseDocument<{ error: { code: string }; findings: object[] }>(result.stdout, 'validate');
    expect(document.error.code).toBe('CONNECT_UNREACHABLE');
    expect(document.findings.length).toBeGreaterThan(0);
  });
});
