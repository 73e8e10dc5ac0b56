import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { type RunOptions, sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const JSON_LOG = ['--log-format', 'json'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-log-'));
  writeFileSync(
    path.join(folder, 'sink.json'),
    JSON.stringify({ name: 'sink', config: { 'connector.class': 'x.Y', 'connection.password': 'in the file' } }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Every line that a run wrote to stderr, each as the schema describes it. */
function linesOf(stderr: string): Record<string, unknown>[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseDocument(line, 'log'));
}

describe('--log-format json', () => {
  const run = (args: string[], options: RunOptions = {}) => sluice(args, { cwd: folder, ...options });

  it('is a flag of every command but help', () => {
    const { commands } = JSON.parse(readFileSync(packagePath('oclif.manifest.json'), 'utf8')) as {
      commands: Record<string, { flags: Record<string, unknown> }>;
    };
    const without = Object.entries(commands).flatMap(([id, { flags }]) => ('log-format' in flags ? [] : [id]));
    expect(without).toEqual(['help']);
  });

  it('leaves stdout as it is, and makes each line of stderr a line of JSON, also with causes', async () => {
    const args = ['validate', 'sink.json', '-o', 'sarif'];
    const [text, json] = await Promise.all([run(args), run([...args, ...JSON_LOG])]);
    expect({ code: json.code, stdout: json.stdout }).toEqual({ code: text.code, stdout: text.stdout });
    const failed = await run(['status', '--connect-url', 'http://127.0.0.1:1', '--verbose', ...JSON_LOG]);
    expect(failed.code).toBe(12);
    const lines = linesOf(failed.stderr);
    expect(lines.map(({ level }) => level)).toEqual(expect.arrayContaining(['debug', 'error']));
    expect(lines.findLast(({ level }) => level === 'error')).toMatchObject({
      command: 'status',
      code: 'CONNECT_UNREACHABLE',
      exitCode: 12,
      hint: expect.stringContaining('sluice sandbox up'),
      stack: expect.stringContaining('ECONNREFUSED'),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it('holds for errors before a command is found, for a wrong flag, by a variable, and before the command', async () => {
    const runs = await Promise.all([
      run(['nosuch', ...JSON_LOG]),
      run(['status', '--nosuch', '--log-format=json']),
      run(['status', '--nosuch'], { env: { SLUICE_LOG_FORMAT: 'json' } }),
      run([...JSON_LOG, 'status', '--nosuch']),
    ]);
    for (const { code, stderr } of runs) {
      expect(code).toBe(2);
      expect(linesOf(stderr).filter(({ level }) => level === 'error')).toHaveLength(1);
    }
    // A flag wins over the variable.
    const text = await run(['status', '--nosuch', '--log-format', 'text'], { env: { SLUICE_LOG_FORMAT: 'json' } });
    expect(text.stderr).toMatch(/^Error: /);
    const wrong = await run(['version', '--log-format', 'xml']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('text, json, not xml');
  });

  it('masks secrets, and keeps a text of several lines in one', async () => {
    const url = 'http://operator:geheim-1@127.0.0.1:1';
    const { stderr } = await run(['list', '--connect-url', url, '--verbose', ...JSON_LOG]);
    expect(stderr).not.toContain('geheim');
    expect(linesOf(stderr).length).toBeGreaterThan(0);
    const deploy = await run(['deploy', 'sink.json', '--connect-url', url, '--dry-run', '--verbose', ...JSON_LOG]);
    expect(deploy.stderr).not.toContain('in the file');
    expect(linesOf(deploy.stderr).length).toBeGreaterThan(0);
  });

  it('asks nobody: stderr is for a program', async () => {
    const { code, stderr } = await run(['dlq', 'purge', 'x', '--connect-url', 'http://127.0.0.1:1', ...JSON_LOG]);
    expect(code).not.toBe(0);
    linesOf(stderr);
  });
});
