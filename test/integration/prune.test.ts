import { rmSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeployReport } from '../../src/deploy/deploy.ts';
import { eventually, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('prune');
const names = ['prune-shop-kept', 'prune-shop-old', 'prune-other'];

beforeEach(async () => {
  folder.write('in.txt', 'one\ntwo\n');
  for (const name of names) await client.putConfig(name, fileSource(folder.path('in.txt'), 'prune-lines'));
  for (const name of names) {
    await eventually(
      () => client.status(name),
      (status) => status?.tasks[0]?.state === 'RUNNING',
    );
  }
  folder.write(
    'kept.json',
    JSON.stringify({ name: 'prune-shop-kept', config: fileSource(folder.path('in.txt'), 'prune-lines') }),
  );
  folder.write('sluice.yaml', 'version: 1\nconnectors: ["*.json"]\nprune:\n  match: "prune-shop-*"\n');
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
});

async function prune(...flags: string[]) {
  const { code, stdout, stderr } = await sluiceOnSandbox(['deploy', '--prune', '--stable', '0s', '--json', ...flags], {
    cwd: folder.path(),
  });
  return { code, stdout, stderr, report: JSON.parse(stdout) as DeployReport };
}

describe('deploy --prune', () => {
  it('removes what matches but is not in any file, and nothing else', async () => {
    const dry = await prune('--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.report.pruned).toEqual([{ name: 'prune-shop-old', outcome: null, kept: null, error: null }]);

    // Without a yes nothing at all is done.
    expect((await prune()).code).toBe(2);
    expect(await client.find('prune-shop-old')).toBeDefined();

    const { code, stdout } = await prune('--yes');
    expect(code).toBe(0);
    expect(parseDocument<DeployReport & Record<string, unknown>>(stdout, 'deploy').pruned).toEqual([
      { name: 'prune-shop-old', outcome: 'deleted', kept: 'its source offsets', error: null },
    ]);
    expect(await client.find('prune-shop-old')).toBeUndefined();
    expect(await client.find('prune-other')).toBeDefined();
    expect(await client.find('prune-shop-kept')).toBeDefined();
  });

  it('keeps offsets, or resets them with --reset-offsets', async () => {
    await eventually(
      () => client.offsets('prune-shop-old'),
      (offsets) => offsets.length > 0,
    );
    expect((await prune('--yes', '--reset-offsets')).code).toBe(0);
    await client.create({
      name: 'prune-shop-old',
      config: fileSource(folder.path('in.txt'), 'prune-lines'),
      initialState: 'STOPPED',
    });
    expect(await client.offsets('prune-shop-old')).toEqual([]);
    await client.delete('prune-shop-old');
  });

  it('never takes what another file of the project has, and refuses if one cannot be read', async () => {
    const old = JSON.stringify({ name: 'prune-shop-old', config: fileSource(folder.path('in.txt'), 'prune-lines') });
    folder.write('old.json', old);
    expect((await prune('kept.json', '--dry-run')).report.pruned).toEqual([]);
    folder.write('old.json', old.slice(1));
    const { code, stdout } = await prune('kept.json', '--dry-run');
    expect([code, stdout]).toEqual([11, expect.stringContaining('old.json')]);
    rmSync(folder.path('old.json'));
  });

  it('never takes what only --exclude leaves out', async () => {
    const { report } = await prune('--dry-run', '--exclude', 'prune-shop-kept');
    expect(report.pruned?.map((one) => one.name)).toEqual(['prune-shop-old']);
  });

  it('leaves everything if something was not deployed', async () => {
    const config = {
      ...fileSource('/no/such/file', 'prune-lines'),
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      topics: 'prune-lines',
    };
    folder.write('bad.json', JSON.stringify({ name: 'prune-shop-bad', config }));
    names.push('prune-shop-bad');
    const { code, report } = await prune('--yes');
    expect(code).toBe(13);
    expect(report.pruned?.[0]).toMatchObject({ name: 'prune-shop-old', outcome: null });
    expect(await client.find('prune-shop-old')).toBeDefined();
  });

  it('refuses without prune.match', async () => {
    folder.write('sluice.yaml', 'version: 1\nconnectors: ["*.json"]\n');
    const { code, stdout } = await prune('--yes');
    expect(code).toBe(2);
    expect(stdout).toContain('prune.match');
  });
});
