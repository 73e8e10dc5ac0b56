import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../src/doctor/model.ts';
import { hasHidden } from '../../src/text/visible.ts';
import { workFolder } from '../helpers/connectors.ts';
import type { FakeAnswer } from '../helpers/fake-connect.ts';
import { type FakeConnector, FakeWorker, type Spoil } from '../helpers/fake-worker.ts';
import { listeners } from '../helpers/listener.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = workFolder('doctor-contract');
const listen = listeners();
const home = folder.path('home');
mkdirSync(home);
const env = { HOME: home, XDG_STATE_HOME: undefined, XDG_CONFIG_HOME: undefined, SLUICE_STATE_DIR: undefined };
let worker: FakeWorker;

afterEach(() => worker.stop());
afterAll(() => folder.remove());

const plugins: Spoil = ({ path }): FakeAnswer | undefined =>
  path.startsWith('/connector-plugins?') ? { json: [] } : path.endsWith('/topics') ? { json: {} } : undefined;

const asSinks: Spoil = (call, one, count) => {
  if (!call.path.startsWith('/connectors?')) return plugins(call, one, count);
  const names = [...one.connectors.keys()];
  const entries = names.map((name) => {
    const [info, status] = [one.info(name), one.status(name)] as [object, object];
    return [name, { info: { ...info, type: 'sink' }, status: { ...status, type: 'sink' } }];
  });
  return { json: Object.fromEntries(entries) };
};

async function doctor(connectors: Record<string, Partial<FakeConnector>>, args: string[] = [], spoil: Spoil = plugins) {
  worker = await FakeWorker.start(connectors, spoil);
  const run = (...more: string[]) =>
    sluice(['doctor', ...args, '--connect-url', worker.server.url, ...more], { env, cwd: folder.path() });
  const { code, stdout } = await run('--json');
  const report = parseDocument<DoctorReport & Record<string, unknown>>(stdout, 'doctor');
  return { code, report, run };
}

const sink = {
  'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
  topics: 't',
  file: '/tmp/x',
};
const postgres = (port: number) => ({
  'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
  'topic.prefix': 'p',
  'database.hostname': '127.0.0.1',
  'database.port': String(port),
  'database.user': 'u',
  'database.password': 'hunter22',
  'database.dbname': 'd',
});

describe('doctor with nothing but a URL', () => {
  it('reports what the worker knows, and says once what it could not see', async () => {
    const names = Array.from({ length: 18 }, (_, index) => `sink-${index}`);
    const { code, report, run } = await doctor(
      Object.fromEntries(names.map((name) => [name, { config: { ...sink } }])),
      [],
      asSinks,
    );
    expect(code).toBe(0);
    expect(report.notRead.map(({ what, error }) => [what, error])).toEqual([
      ['topics, consumer groups and dead letters', null],
    ]);
    expect(report.findings).toMatchObject([
      { check: 'no-dead-letter-queue', severity: 'note', connectors: names.sort() },
    ]);
    const { stdout } = await run();
    expect(stdout.match(/kafka\.bootstrapServers/g)).toHaveLength(1);
    expect(stdout).toContain('18 connectors on');
  });

  it('changes nothing: only GETs reach the worker', async () => {
    const { run } = await doctor({ a: { config: { ...sink }, failed: true }, b: { config: postgres(1) } });
    await run('a');
    await run('b');
    expect(worker.server.lines.length).toBeGreaterThan(5);
    expect(worker.server.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('walks what there is, and judges nothing that it has not seen', async () => {
    const { code, report } = await doctor({ a: { config: { ...sink } } }, ['a'], (call, one, count) => {
      if (call.path === '/connectors/a') return { json: { ...one.info('a'), type: 'sink' } };
      return asSinks(call, one, count);
    });
    expect(code).toBe(0);
    expect(report.walk?.stages.map(({ stage, state }) => [stage, state])).toEqual([
      ['topics', 'unknown'],
      ['sink connector', 'ok'],
      ['consumer group', 'unknown'],
      ['records', 'ok'],
      ['target database', 'unknown'],
    ]);
    expect(report.walk?.outcome).toBe('unknown');
  });

  it('names what is wrong, exit 10, and the nearest name of a connector that does not exist, exit 13', async () => {
    const { code, report, run } = await doctor({ orders: { config: { ...sink }, failed: true } });
    expect(code).toBe(10);
    expect(report.findings[0]).toMatchObject({ check: 'failed', connectors: ['orders'], details: ['X: broken'] });
    const { stdout } = await run();
    expect(stdout).toContain(`sluice restart --connect-url ${worker.server.url} orders --failed`);
    const missing = await sluice(['doctor', 'oders', '--connect-url', worker.server.url], { env });
    expect(missing).toMatchObject({ code: 13, stderr: expect.stringContaining('Did you mean orders?') });
  });

  it('ends with 12 if the worker cannot be reached', async () => {
    worker = await FakeWorker.start();
    const { url } = worker.server;
    await worker.stop();
    expect((await sluice(['doctor', '--connect-url', url], { env })).code).toBe(12);
  });

  it('ends with 14 if nothing is wrong, but a connector cannot be read', async () => {
    const { code, report } = await doctor(
      { a: { config: { ...sink } }, b: { config: { ...sink } } },
      [],
      (call, one, count) => {
        if (call.path.startsWith('/connectors?'))
          return { json: { a: { info: one.info('a'), status: one.status('a') } } };
        return /^\/connectors\/b/.test(call.path)
          ? { status: 500, json: { error_code: 500, message: 'no' } }
          : plugins(call, one, count);
      },
    );
    expect(code).toBe(14);
    expect(report.notRead).toMatchObject([{ what: 'connector b' }, { what: expect.stringContaining('topics') }]);
  });
});

describe('doctor on a large cluster', () => {
  it('asks the worker a bounded number of questions about 500 connectors', async () => {
    const config = (index: number) => ({ ...sink, 'my.key': String(index) });
    const { report } = await doctor(
      Object.fromEntries(
        Array.from({ length: 500 }, (_, index) => [`c-${index}`, { config: config(index), failed: index % 5 === 0 }]),
      ),
    );
    expect(report.summary.connectors).toBe(500);
    expect(report.findings.filter(({ check }) => check === 'failed')).toHaveLength(100);
    expect(worker.server.lines.length).toBeLessThan(12);
  });

  it('lists again, and does not ask for each, while many are still starting', async () => {
    const spoil: Spoil = (call, one, count) => {
      if (!call.path.startsWith('/connectors?')) return plugins(call, one, count);
      const entries = [...one.connectors.keys()].map((name) => [
        name,
        { info: one.info(name), status: { ...one.status(name), tasks: [] } },
      ]);
      return { json: Object.fromEntries(entries) };
    };
    await doctor(
      Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`c-${index}`, { config: { ...sink } }])),
      [],
      spoil,
    );
    expect(worker.server.lines.length).toBeLessThan(40);
    expect(worker.server.lines.filter((line) => line.startsWith('GET /connectors/'))).toEqual([]);
  });
});

describe('a database that accepts connections and never answers', () => {
  it.each([[[]], [['src']]])('does not hold doctor %j up, and is not called fine', async (name) => {
    const port = await listen(() => {});
    const { code, report } = await doctor({ src: { config: postgres(port) } }, name);
    // The password that the worker shows is a warning on the page of the cluster.
    expect(code).toBe(name.length === 0 ? 10 : 14);
    expect(report.notRead.map(({ what }) => what)).toContain(`database 127.0.0.1:${port}/d`);
    if (report.walk !== null)
      expect(report.walk.stages.slice(0, 2).map(({ state }) => state)).toEqual(['unknown', 'unknown']);
  });

  it('is asked once for all its databases', async () => {
    const port = await listen(() => {});
    const names = Array.from({ length: 60 }, (_, index) => `src-${index}`);
    const configs = names.map((name) => [name, { config: { ...postgres(port), 'database.dbname': name } }]);
    const { report } = await doctor(Object.fromEntries(configs));
    expect(report.summary.connectors).toBe(60);
    // Eight are asked at the same time, and nobody waits for the other 52.
    expect(report.notRead.filter(({ what }) => what.startsWith('database ')).length).toBeLessThanOrEqual(8);
  });

  it('is not asked with --no-databases', async () => {
    let asked = 0;
    const port = await listen(() => {
      asked += 1;
    });
    await doctor({ src: { config: postgres(port) } }, ['--no-databases']);
    expect(asked).toBe(0);
  });
});

describe('what the worker answers', () => {
  const EVIL = '\u001b[31mx\u202e<script>alert(1)</script>\n✖ all is lost';

  it('reaches no output as it is', async () => {
    const { run } = await doctor({
      [`odd${EVIL}`]: { config: { ...sink, [`key${EVIL}`]: EVIL, 'a.password': 'hunter22' }, failed: true },
    });
    for (const form of ['table', 'html', 'markdown', 'json', 'yaml']) {
      const { stdout, stderr } = await run('-o', form);
      expect(stdout.length, form).toBeGreaterThan(100);
      expect(stdout + stderr, form).not.toContain('hunter22');
      expect(hasHidden(stdout + stderr), form).toBe(false);
      if (form === 'html') expect(stdout).not.toContain('<script');
      if (form === 'table') expect(stdout).not.toMatch(/^✖ all is lost/m);
    }
  });
});

describe('a password that is a word of sluice', () => {
  it('is hidden in what comes from elsewhere, and not in the words of sluice', async () => {
    const config = { ...postgres(1), 'database.password': 'restart' };
    const spoil: Spoil = (call, one, count) => {
      if (!call.path.startsWith('/connectors?')) return plugins(call, one, count);
      const task = { id: 0, worker_id: 'w', state: 'FAILED', trace: 'X: no user with restart' };
      return { json: { src: { info: one.info('src'), status: { ...one.status('src'), tasks: [task] } } } };
    };
    for (const name of [[], ['src']]) {
      const { report } = await doctor({ src: { config } }, [...name, '--no-databases'], spoil);
      const stage = report.walk?.stages.find((one) => one.stage === 'source connector');
      const [found] = stage === undefined ? report.findings : [{ ...stage, details: [stage.cause] }];
      expect(found).toMatchObject({ command: 'sluice restart src --failed', details: ['X: no user with ********'] });
      await worker.stop();
    }
  });
});

describe('the local side', () => {
  it('names files with secrets that others may read, with the command that closes them', async () => {
    const open = folder.path('open');
    mkdirSync(open);
    writeFileSync(`${open}/.env`, 'A=b\n');
    writeFileSync(`${open}/sluice.yaml`, 'version: 1\n');
    for (const [file, mode] of [
      [folder.path('.'), 0o755],
      [open, 0o755],
      [`${open}/.env`, 0o644],
    ] as const)
      chmodSync(file, mode);
    worker = await FakeWorker.start({}, plugins);
    const found = async () => {
      const args = ['doctor', '--connect-url', worker.server.url, '--project', `${open}/sluice.yaml`, '--json'];
      const { code, stdout } = await sluice(args, { env });
      const { findings } = parseDocument<DoctorReport & Record<string, unknown>>(stdout, 'doctor');
      return { code, findings };
    };
    expect(await found()).toMatchObject({
      code: 10,
      findings: [{ check: 'file-permissions', hint: `Run: chmod go-rwx ${open}/.env` }],
    });
    // Nobody reads a file in a folder that he may not enter.
    chmodSync(open, 0o700);
    expect(await found()).toMatchObject({ code: 0, findings: [] });
  });

  it('sees a clock that is wrong, and a worker that is old', async () => {
    worker = await FakeWorker.start({}, (call, one, count) => {
      const answer = plugins(call, one, count) ?? one.answer(call);
      return { ...answer, headers: { date: new Date(Date.now() + 3_600_000).toUTCString() } };
    });
    worker.version = '3.4.0';
    const { code, stdout } = await sluice(['doctor', '--connect-url', worker.server.url, '--json'], { env });
    const report = parseDocument<DoctorReport & Record<string, unknown>>(stdout, 'doctor');
    expect(report.findings.map(({ check }) => check)).toEqual(['clock', 'old-worker']);
    expect(report.local).toMatchObject({ worker: '3.4.0', workerClock: expect.any(Number) });
    expect(code).toBe(10);
  });
});
