import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListReport } from '../../src/monitor/list.ts';
import type { StatusReport } from '../../src/monitor/status.ts';
import type { OperateReport } from '../../src/operate/targets.ts';
import type { Change } from '../../src/store/changes.ts';
import { eventually, fileSink, fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { FaultProxy } from '../helpers/fault-proxy.ts';
import type { RunOptions } from '../helpers/run.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const client = sandboxClient();
const folder = workFolder('operate');
const [source, sink, broken] = ['operate-source', 'operate-sink', 'operate-broken'];
const names = [source, sink, broken];

/** What has no reason to fail is not watched for the usual five seconds. */
function sluice(args: string[], options?: RunOptions) {
  const isQuick = /^(restart|resume|scale)$/.test(args[0] ?? '') && !args.includes(broken);
  return sluiceOnSandbox(isQuick ? [...args, '--stable', '500ms'] : args, options);
}

beforeAll(async () => {
  folder.write('in.txt', 'one\ntwo\n');
  await client.putConfig(source, fileSource(folder.path('in.txt'), 'operate-lines'));
  await client.putConfig(sink, fileSink(folder.path('out.txt'), 'operate-lines'));
  await client.putConfig(broken, fileSink(folder.path('no', 'such', 'folder.txt'), 'operate-lines'));
  for (const name of names) {
    await eventually(
      () => client.status(name),
      (status) => status?.tasks.length === 1 && status.tasks[0]?.state !== 'UNASSIGNED',
    );
  }
  await eventually(
    () => client.status(broken),
    (status) => status?.tasks[0]?.state === 'FAILED',
  );
});

afterAll(async () => {
  for (const name of names) await client.delete(name);
  folder.remove();
});

async function states(name: string): Promise<string[]> {
  const status = await client.status(name);
  return [status?.connector.state ?? 'none', ...(status?.tasks ?? []).map((task) => task.state)];
}

describe('pause, resume and stop', () => {
  it('come back when the tasks are there, not when Connect has accepted', async () => {
    const paused = await sluice(['pause', source, '--json']);
    expect(paused.code).toBe(0);
    expect(await states(source)).toEqual(['PAUSED', 'PAUSED']);
    expect(parseDocument(paused.stdout, 'operate')).toMatchObject({
      verb: 'pause',
      results: [{ name: source, outcome: 'paused', error: null }],
    });

    expect((await sluice(['pause', source])).stdout).toContain('was paused already');

    expect((await sluice(['resume', source])).code).toBe(0);
    expect(await states(source)).toEqual(['RUNNING', 'RUNNING']);

    expect((await sluice(['stop', source])).code).toBe(0);
    expect(await states(source)).toEqual(['STOPPED']);

    expect((await sluice(['resume', source])).code).toBe(0);
    expect(await states(source)).toEqual(['RUNNING', 'RUNNING']);
  });

  it('try every target, and exit 14 if some are done', async () => {
    const { code, stdout } = await sluice(['pause', 'operate-sourse', sink, '--yes', '--json']);
    expect(code).toBe(14);
    const { results } = parseDocument<OperateReport>(stdout, 'operate');
    expect(results.map((result) => [result.name, result.outcome, result.error?.code])).toEqual([
      ['operate-sourse', null, 'CONNECTOR_NOT_FOUND'],
      [sink, 'paused', undefined],
    ]);
    expect(results[0]?.error?.hint).toContain(source);
    expect((await sluice(['resume', sink])).code).toBe(0);
  });

  it('exit with the one reason if every target fails', async () => {
    expect((await sluice(['pause', 'operate-none-1', 'operate-none-2', '-y'])).code).toBe(13);
  });

  it('fail to resume what has FAILED, with the cause', async () => {
    await sluice(['pause', broken]);
    const { code, stdout } = await sluice(['resume', broken, '--json']);
    expect(code).toBe(13);
    const { results } = parseDocument<OperateReport>(stdout, 'operate');
    expect(results[0]?.error).toMatchObject({ code: 'CONNECTOR_FAILED' });
    expect(results[0]?.error?.message).toContain('NoSuchFileException');
  });

  it('never take no name for all', async () => {
    for (const verb of ['pause', 'resume', 'stop', 'restart', 'delete']) {
      const { code, stderr } = await sluice([verb]);
      expect(code).toBe(2);
      expect(stderr).toContain('--all');
    }
    expect(await states(source)).toEqual(['RUNNING', 'RUNNING']);
  });

  it('return at once with --no-wait', async () => {
    const { stdout } = await sluice(['pause', source, '--no-wait']);
    expect(stdout).toContain('pause accepted');
    expect((await sluice(['resume', source])).code).toBe(0);
  });

  it('exit 15 if the tasks do not get there in time', async () => {
    // Accepted, and never carried out.
    const worker = await FaultProxy.start(sandbox.connectUrl, 1, { reads: 0, writes: 1, faults: ['as if done'] });
    try {
      const { code, stdout } = await sluice([
        'pause',
        source,
        '--timeout',
        '1s',
        '--json',
        '--connect-url',
        worker.url,
      ]);
      expect(code).toBe(15);
      expect(stdout).toContain('TIMED_OUT');
    } finally {
      await worker.stop();
    }
    expect(await states(source)).toEqual(['RUNNING', 'RUNNING']);
  });
});

describe('restart', () => {
  it('restarts a connector with its tasks', async () => {
    const { code, stdout } = await sluice(['restart', source, '--json']);
    expect(code).toBe(0);
    expect(parseDocument(stdout, 'operate')).toMatchObject({
      results: [{ outcome: 'restarted', tasks: { running: 1, total: 1 } }],
    });
  });

  it('with --failed does not touch what runs', async () => {
    const { code, stdout } = await sluice(['restart', source, '--failed']);
    expect(code).toBe(0);
    expect(stdout).toContain('had not failed');
  });

  it('fails with the cause if the task fails again, and succeeds once the cause is fixed', async () => {
    const again = await sluice(['restart', broken, '--failed']);
    expect(again.code).toBe(13);
    expect(again.stdout).toContain('NoSuchFileException');

    const { mkdirSync } = await import('node:fs');
    mkdirSync(folder.path('no', 'such'), { recursive: true });
    const mended = ['--stable', '500ms'];
    expect((await sluice(['restart', broken, '--failed', ...mended])).code).toBe(0);
    expect(await states(broken)).toEqual(['RUNNING', 'RUNNING']);

    expect((await sluice(['restart', broken, '--tasks', ...mended])).code).toBe(0);
  });

  it('of one task leaves the connector alone, and knows which tasks there are', async () => {
    const { code, stdout } = await sluice(['restart', source, '--task', '0', '--json']);
    expect(code).toBe(0);
    expect(parseDocument(stdout, 'operate')).toMatchObject({
      results: [{ outcome: 'task 0 restarted', tasks: { running: 1, total: 1 } }],
    });
    const none = await sluice(['restart', source, '--task', '0', '--task', '7']);
    expect(none.code).toBe(2);
    expect(none.stdout).toContain(`"${source}" has no task 7: it has 0`);
  });
});

describe('scale', () => {
  it('shows that a source keeps its one task, and why', async () => {
    const { code, stdout } = await sluice(['scale', source, '--tasks', '4', '--json']);
    expect(code).toBe(0);
    expect(parseDocument(stdout, 'scale')).toMatchObject({
      requested: 4,
      before: 1,
      tasks: { running: 1, total: 1 },
      limitedBy: expect.stringContaining('one task'),
      written: true,
    });
    expect((await client.config(source))['tasks.max']).toBe('4');
  });

  it('shows that sink tasks beyond the partitions have nothing to read', async () => {
    const { code, stdout } = await sluice(['scale', sink, '--tasks', '3', '--json']);
    expect(code).toBe(0);
    expect(parseDocument(stdout, 'scale')).toMatchObject({
      tasks: { running: 3, working: 1 },
      partitions: 1,
      limitedBy: expect.stringContaining('its topic has 1 partition'),
    });
    const down = await sluice(['scale', sink, '--tasks', '1']);
    expect(down.stdout).toContain('1 of 1 task runs');
    expect(await states(sink)).toEqual(['RUNNING', 'RUNNING']);
  });

  it('says beforehand how many tasks can have work, and takes a change by a number', async () => {
    const { stdout } = await sluice(['scale', sink, '+4', '--dry-run', '--json']);
    expect(parseDocument(stdout, 'scale')).toMatchObject({
      requested: 5,
      before: 1,
      limitedBy: 'its topic has 1 partition',
      workable: { most: 1, likely: 1 },
      written: false,
    });
    expect((await sluice(['scale', sink, '-1'])).stderr).toContain('1 fewer would leave no task');
    expect((await sluice(['scale', sink, '+1', '--no-wait'])).code).toBe(0);
    const advice = await sluice(['scale', '--advise', 'operate-*', '--type', 'sink']);
    expect(advice.code).toBe(0);
    expect(advice.stdout).toMatch(new RegExp(`sluice scale (--context \\S+ )?${sink} 1\n`));
    expect((await sluice(['scale', sink, '-1'])).code).toBe(0);
    expect((await client.config(sink))['tasks.max']).toBe('1');
  });

  it('writes nothing if it is that already', async () => {
    const { stdout } = await sluice(['scale', sink, '--tasks', '1', '--json']);
    expect(parseDocument(stdout, 'scale')).toMatchObject({ written: false, tasks: { running: 1 } });
  });

  it('requires an existing connector, and at least one task', async () => {
    expect((await sluice(['scale', 'operate-none', '--tasks', '2'])).code).toBe(13);
    expect((await sluice(['scale', sink, '--tasks', '0'])).code).toBe(2);
  });
});

describe('delete', () => {
  it('wants a yes, waits until the connector is gone, says what is kept, and is idempotent', async () => {
    const name = 'operate-short-lived';
    writeFileSync(folder.path('short.txt'), '');
    await client.putConfig(name, fileSink(folder.path('short.txt'), 'operate-lines'));
    await eventually(
      () => client.status(name),
      (status) => status?.tasks[0]?.state === 'RUNNING',
    );

    const asked = await sluice(['delete', name]);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain('--yes');
    expect(await client.find(name)).toBeDefined();

    const { code, stdout } = await sluice(['delete', name, 'operate-never-was', '--yes', '--json']);
    expect(code).toBe(0);
    expect(await client.find(name)).toBeUndefined();
    expect(await client.status(name)).toBeUndefined();
    expect(parseDocument(stdout, 'delete')).toMatchObject({
      results: [
        { name, outcome: 'deleted', kept: expect.stringContaining(`connect-${name}`) },
        { name: 'operate-never-was', outcome: 'was not there', kept: null },
      ],
    });
    expect((await sluice(['delete', name, '-y'])).stdout).toContain('was not there');
  });

  it('says that there is no such connector, and asks nothing', async () => {
    const { code, stdout, stderr } = await sluice(['delete', `${source}s`]);
    expect(code).toBe(0);
    expect(stderr).toContain(`there is no connector "${source}s" (did you mean ${source}?) on ${sandbox.context}`);
    expect(stdout).toContain(`1 connector on ${sandbox.context}: 1 not there`);
    const asked = await sluice(['delete', source, 'operate-never-was']);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain(`Delete ${source} on ${sandbox.context}?`);
    expect(asked.stderr).toContain('there is no connector "operate-never-was"');
  });
});

describe('a protected context', () => {
  it('wants its name before anything is changed', async () => {
    const { sandbox } = await import('../helpers/sandbox.ts');
    folder.write(
      'sluice.yaml',
      `version: 1\ncontexts:\n  production:\n    connect: ${sandbox.connectUrl}\n    protected: true\n`,
    );
    const env = { SLUICE_CONTEXT: 'production' };
    const run = (...args: string[]) => sluice(args, { cwd: folder.path(), env });
    const refused = await run('pause', source);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--confirm production');
    expect((await run('pause', source, '--confirm', 'staging')).code).toBe(2);
    expect((await run('delete', source, '--yes')).code).toBe(2);
    // Its URL is no way around it.
    expect((await sluice(['pause', source, '--connect-url', sandbox.connectUrl], { cwd: folder.path() })).code).toBe(2);
    expect(await states(source)).toEqual(['RUNNING', 'RUNNING']);
    expect((await run('restart', source, '--confirm', 'production')).code).toBe(0);
    expect((await run('status', source)).code).toBe(0);
  });
});

describe('--dry-run', () => {
  it.each([
    [['pause', source], 'would be paused'],
    [['stop', source], 'would be stopped'],
    [['resume', source], 'was running already'],
    [['restart', source], 'would be restarted'],
    [['restart', source, '--failed'], 'had not failed'],
    [['restart', source, '--task', '0'], 'task 0 would be restarted'],
    [['restart', source, '--tasks'], 'task 0 would be restarted'],
    [['scale', source, '--tasks', '9'], '→ 9; nothing was sent'],
    [['delete', source], 'would be deleted'],
  ])('%j says what would be done, and sends nothing', async (args, said) => {
    const before = { config: await client.config(source), states: await states(source) };
    const { code, stdout } = await sluice([...args, '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain(said);
    const json = await sluice([...args, '--dry-run', '--json']);
    const schema = args[0] === 'scale' || args[0] === 'delete' ? args[0] : 'operate';
    expect(() => parseDocument(json.stdout, schema)).not.toThrow();
    expect({ config: await client.config(source), states: await states(source) }).toEqual(before);
  });
});

describe('a selection', () => {
  it('of several is asked about, and done to each', async () => {
    const asked = await sluice(['pause', 'operate-s*']);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain(`Pause ${sink}, ${source} on ${sandbox.context}?`);
    expect(await states(source)).toEqual(['RUNNING', 'RUNNING']);
    const paused = await sluice(['pause', 'operate-s*', '--yes', '--json']);
    expect(paused.code).toBe(0);
    const { results } = parseDocument<OperateReport>(paused.stdout, 'operate');
    expect(results.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([`${sink} paused`, `${source} paused`]);

    const shown = await sluice(['status', 'operate-*', '--state', 'paused', '--type', 'source', '--json']);
    const { connectors } = parseDocument<StatusReport>(shown.stdout, 'status');
    expect(connectors.map(({ name }) => name)).toEqual([source]);
    expect((await sluice(['resume', 'operate-*', '--state', 'paused', '--yes'])).code).toBe(0);
    expect([...(await states(source)), ...(await states(sink))]).toEqual(Array(4).fill('RUNNING'));
  });

  it('of list has the lag of sinks, and names for scripts', async () => {
    const { stdout } = await sluice(['list', 'operate-*', '--lag', '--json']);
    const { connectors, lag } = parseDocument<ListReport>(stdout, 'list');
    expect(lag).toEqual({ requested: true, error: null });
    expect(connectors.map(({ name, type }) => `${name} ${type}`)).toEqual([
      `${broken} sink`,
      `${sink} sink`,
      `${source} source`,
    ]);
    expect(connectors[1]?.lag).toBe(0);
    expect(connectors[2]?.lag).toBeNull();
    expect((await sluice(['list', 'operate-*', '--type', 'source', '-o', 'name'])).stdout).toBe(`${source}\n`);
  });

  it('by class and type; what fits nothing is misspelt, or is nothing to do', async () => {
    const one = await sluice(['restart', 'operate-*', '--class', '*FileStreamSource*', '--json']);
    expect(parseDocument<OperateReport>(one.stdout, 'operate').results.map(({ name }) => name)).toEqual([source]);
    const none = await sluice(['restart', '--class', '*FileStrm*']);
    expect([none.code, none.stderr]).toEqual([13, expect.stringContaining('no connector has a class that matches')]);
    const glob = await sluice(['delete', 'operate-x*', '--yes']);
    expect([glob.code, glob.stderr]).toEqual([13, expect.stringContaining('no connector matches operate-x*')]);
    const idle = await sluice(['resume', 'operate-*', '--state', 'stopped']);
    expect([idle.code, idle.stdout]).toEqual([0, `No matching connectors on ${sandbox.context}.\n`]);
    const state = await sluice(['resume', '--state', 'faild']);
    expect([state.code, state.stderr]).toEqual([2, expect.stringContaining('"faild" is not a state')]);
  });

  it('is not asked about if nothing has failed and only that is restarted', async () => {
    expect((await sluice(['restart', source, sink, '--failed'])).code).toBe(0);
  });
});

describe('history', () => {
  it('has every operation that was not a dry run, with what each connector became', async () => {
    await sluice(['pause', sink, 'operate-sourse', '--yes']);
    await sluice(['pause', sink, '--dry-run']);
    await sluice(['resume', sink]);
    const { stdout } = await sluice(['history', '--connector', sink, '--limit', '2', '--json']);
    const { changes } = parseDocument<{ changes: Change[] }>(stdout, 'history');
    const said = changes.map(({ verb, exitCode, connectors }) => [
      verb,
      exitCode,
      connectors.map(({ name, outcome, error }) => `${name} ${outcome} ${error}`),
    ]);
    expect(said).toEqual([
      ['resume', 0, [`${sink} running null`]],
      ['pause', 14, [`${sink} paused null`, 'operate-sourse failed CONNECTOR_NOT_FOUND']],
    ]);
    const one = await sluice(['history', String(changes[1]?.id)]);
    expect(one.stdout).toMatch(/connector +operate-sourse +failed +CONNECTOR_NOT_FOUND/);
    expect((await sluice(['history', '999999999'])).stderr).toContain('CHANGE_UNKNOWN');
  });
});
