import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { shellWord } from '../../src/text/shell.ts';
import { FakeWorker } from '../helpers/fake-worker.ts';

/** util-linux's: it runs a command on a terminal. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-width-'));
const LONG = 'a-name-of-fifty-characters-that-must-never-break-x';
let worker: FakeWorker;

const { commands } = JSON.parse(readFileSync(packagePath('oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, { hidden?: boolean }>;
};
const HELP = Object.entries(commands)
  .filter(([, { hidden }]) => !hidden)
  .map(([id]) => [...id.split(':'), '--help']);

beforeAll(async () => {
  const config = { 'connector.class': 'FileStreamSink', topics: 'orders', file: '/tmp/x', 'tasks.max': '1' };
  worker = await FakeWorker.start({
    [LONG]: { config, failed: true },
    'orders-sink': { config: { ...config, file: '/elsewhere' } },
    'orders-stopped': { config, state: 'STOPPED' },
  });
  const wide = { class: 'x.Wide', type: 'sink', version: '1' };
  worker.spoil = ({ path: asked }) => {
    const documentation =
      'A sentence that goes on and on, and is much wider than any terminal that it is shown on. '.repeat(3);
    if (asked.endsWith('/topics')) return { json: { [LONG]: { topics: [LONG, 'orders'] } } };
    if (asked.startsWith('/connector-plugins?')) return { json: [wide, { ...wide, class: `x.${LONG}` }] };
    if (asked !== '/connector-plugins/x.Wide/config') return undefined;
    return {
      json: [
        { name: 'some.key', type: 'STRING', required: true, default_value: LONG, documentation, group: 'A group' },
      ],
    };
  };
  const lines = [`contexts: {c: {connect: "${worker.server.url}"}}`, 'defaultContext: c', 'connectors: [a.json]'];
  writeFileSync(path.join(folder, 'sluice.yaml'), ['version: 1', ...lines, ''].join('\n'));
  const connectors = [LONG, 'orders-sink', 'orders-stopped', `new-${LONG}`].map((name) => ({ name, config }));
  writeFileSync(path.join(folder, 'a.json'), JSON.stringify(connectors));
  // All in one line.
  const wrong = {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    topics: 'a b c',
    file: 'x',
    fil: 1,
  };
  writeFileSync(
    path.join(folder, 'long.json'),
    JSON.stringify({ name: 'long', config: { ...wrong, 'tasks.max': 'many' } }),
  );
});
afterAll(async () => {
  await worker.stop();
  rmSync(folder, { recursive: true });
});

/** What is on a terminal of this width after these commands. */
async function onTerminal(width: number, runs: readonly (readonly string[])[]): Promise<string> {
  const { spawn } = await import('node:child_process');
  const own = [process.execPath, '--', packagePath('bin', 'run.js')].map(shellWord).join(' ');
  const script = [`stty cols ${width} rows 50`, ...runs.map((run) => `${own} ${run.map(shellWord).join(' ')}`)].join(
    '; ',
  );
  const env = { ...process.env, CI: undefined, NO_COLOR: undefined, TERM: 'xterm', SLUICE_STATE_DIR: folder };
  const child = spawn('script', ['-qec', script, '/dev/null'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) out += chunk;
  return stripVTControlCharacters(out).replaceAll('\r', '');
}

/** Lines that are too long although they could be broken. */
function tooLong(text: string, width: number): string[] {
  return text.split('\n').filter((line) => {
    // An argument stays beside its command.
    if (line.length <= width || /^ +(?:\$ sluice|sluice|--\S+) /.test(line)) return false;
    return line.trim().includes(' ');
  });
}

const wordsOf = (text: string) => new Set(text.split(/\s+/).filter((word) => word !== '\\'));

describe.skipIf(!hasScript)('on a narrow terminal', () => {
  it('no help is wider, and no word of it is broken', async () => {
    const wide = wordsOf(await onTerminal(400, HELP));
    for (const width of [80, 60]) {
      const text = await onTerminal(width, HELP);
      expect(tooLong(text, width)).toEqual([]);
      expect([...wordsOf(text)].filter((word) => !wide.has(word))).toEqual([]);
    }
  }, 240_000);

  const OUTPUTS = [
    ['status'],
    ['status', LONG],
    ['status', 'nosuch'],
    ['plan'],
    ['deploy', '--dry-run', '--no-preflight'],
    ['restart', LONG, '--failed', '--stable', '0s'],
    ['restart', LONG, 'nosuch', '--timeout', '1s', '--yes'],
    ['pause', 'orders-sink', '--timeout', '1s'],
    ['delete', 'nosuch', '--dry-run'],
    ['history'],
    ['history', '1'],
    ['validate'],
    ['validate', 'long.json'],
    ['preflight', '--only', 'orders-sink'],
    ['config', 'show'],
    ['context', 'list'],
    ['describe', LONG, 'orders-sink'],
    ['describe', 'nosuch'],
    ['topics', LONG],
    ['workers'],
    ['doctor'],
    ['doctor', LONG],
    ['plugins', 'list'],
    ['plugins', 'describe', 'Wide'],
    ['context', 'use', 'c'],
    ['context', 'use', '--unset'],
    ['context', 'use', LONG],
    ['rules', 'list'],
    ['rules', 'show', 'everything-captured'],
    ['schemas', 'list'],
    ['template', 'list'],
    ['template', 'show', 'debezium-jdbc-sink-postgres'],
    ['reconcile'],
    ['apply', '-f', LONG],
    ['--help'],
    ['quux'],
  ];

  it('no output is wider, and no name is broken', async () => {
    for (const width of [80, 60]) {
      const text = await onTerminal(width, OUTPUTS);
      expect(tooLong(text, width)).toEqual([]);
      for (const part of [LONG.slice(0, -3), LONG.slice(4)])
        expect(text.split(part).length).toBe(text.split(LONG).length);
      expect(text.split(LONG).length).toBeGreaterThan(10);
    }
  }, 240_000);
});
