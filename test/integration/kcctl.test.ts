import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sandbox } from '../helpers/sandbox.ts';

const client = sandboxClient();
const folder = workFolder('kcctl');
const topic = 'orders';

/** The rows of docs/kcctl.md: what kcctl calls it, and the command of the second column. */
const rows = readFileSync(packagePath('docs', 'kcctl.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (---|kcctl )/.test(line))
  .map((line) => line.split(' | ') as [string, string])
  .map(([theirs, ours]) => [theirs.slice(2), /`(sluice [^`]+)`/.exec(ours)?.[1] ?? ''] as const);

beforeAll(async () => {
  folder.write('in.txt', 'one\n');
  folder.write(
    'sluice.yaml',
    `version: 1\ncontexts:\n  dev:\n    connect: ${sandbox.connectUrl}\n    kafka:\n      bootstrapServers: ${sandbox.bootstrapServers}\n`,
  );
  const sink = fileSink(folder.path('out.txt'), topic);
  folder.write('orders-sink.json', JSON.stringify({ name: 'orders-sink', config: sink }));
  await client.putConfig('orders-source', fileSource(folder.path('in.txt'), topic));
  await client.putConfig('orders-sink', sink);
  for (const name of ['orders-source', 'orders-sink'])
    await eventually(
      () => client.status(name),
      (status) => status?.tasks[0]?.state === 'RUNNING',
    );
});

afterAll(async () => {
  for (const name of ['orders-source', 'orders-sink']) await client.delete(name);
  folder.remove();
});

/** As pasted into a shell. */
async function paste(command: string): Promise<{ code: number; output: string }> {
  const script = `sluice() { "${process.execPath}" -- "${packagePath('bin', 'run.js')}" "$@"; }; ${command}`;
  const env = { ...process.env, ...sandbox.env, SLUICE_CONTEXT: command.includes('context') ? undefined : 'dev' };
  try {
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { cwd: folder.path(), env });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe('each row of the table of parity', () => {
  it('is there', () => expect(rows.length).toBeGreaterThan(25));

  it.each(rows)('%s is %s', async (_theirs, ours) => {
    const { code, output } = await paste(ours);
    expect({ code, output }).toMatchObject({ code: 0 });
  });
});
