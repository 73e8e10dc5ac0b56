import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SandboxRecord } from '../../../src/config/sandbox-record.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { explain, portOf, waitHealthy } from '../../../src/sandbox/health.ts';
import { processIdentity } from '../../../src/sandbox/process-identity.ts';
import { MASK } from '../../../src/text/redact.ts';
import { temporaryFolder } from '../../helpers/programs.ts';

const { folder, remove } = temporaryFolder('health');
afterAll(remove);
const log = path.join(folder, 'worker.log');

function record(pid: number, identity: string, port = 1): SandboxRecord {
  return {
    version: 1,
    name: 'x',
    clusterId: 'id',
    parts: { worker: { pid, identity, address: `http://127.0.0.1:${port}`, log } },
  };
}

function wait(of: SandboxRecord, deadline: number) {
  return waitHealthy('worker', { record: of, deadline, clock: systemClock, signal: new AbortController().signal });
}

describe('waitHealthy', () => {
  it('shows the end of the log of a part that ended, secrets masked', async () => {
    writeFileSync(log, 'INFO a first line\nERROR cannot use database.password=geheim\n');
    const failure = await wait(record(1, 'gone'), Date.now() + 10_000).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'SANDBOX_START', hint: expect.stringContaining(log) });
    expect((failure as Error).message).toContain(`cannot use database.password=${MASK}`);
  });

  it.each([
    'java.net.BindException: Address already in use',
    'FATAL:  could not bind IPv4 address "127.0.0.1": Address already in use',
    "[ERROR] Can't start server: Bind on TCP/IP port. Got error: 98: Address already in use",
    'org.apache.kafka.common.KafkaException: Socket server failed to bind to 127.0.0.1:19092: Address already in use.',
  ])('knows a port that another program took: %s', async (line) => {
    writeFileSync(log, `${line}\n`);
    expect(await wait(record(1, 'gone'), Date.now() + 10_000)).toBeUndefined();
  });

  it('knows that only the port of the metrics was taken, while the worker runs', async () => {
    writeFileSync(
      log,
      'Could not start Jolokia agent: java.net.BindException: Address already in use\nINFO starting\n',
    );
    const self = record(process.pid, processIdentity(process.pid) as string);
    expect(await wait(self, Date.now() + 10_000)).toBeUndefined();
  });

  it('takes no connector’s trouble with a port for the worker’s', async () => {
    writeFileSync(log, 'ERROR [orders|task-0] java.net.BindException: Address already in use\n');
    const self = record(process.pid, processIdentity(process.pid) as string);
    await expect(wait(self, Date.now())).rejects.toMatchObject({ code: 'TIMED_OUT' });
  });

  it('knows a full disk', async () => {
    writeFileSync(log, 'java.io.IOException: No space left on device\n');
    await expect(wait(record(1, 'gone'), Date.now() + 10_000)).rejects.toMatchObject({ code: 'SANDBOX_DISK_FULL' });
  });

  it('gives up at its deadline, and says what was still wrong', async () => {
    writeFileSync(log, 'INFO starting\n');
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const pid = child.pid as number;
    const server = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const silent = record(pid, processIdentity(pid) as string);
    await expect(wait(silent, Date.now())).rejects.toMatchObject({ code: 'TIMED_OUT', message: /it does not listen/ });
    const strange = record(pid, processIdentity(pid) as string, port);
    await expect(wait(strange, Date.now())).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: /GET \/ answers 404\n +INFO starting/,
    });
    server.close();
    child.kill('SIGKILL');
  });
});

describe('explain', () => {
  it.each([
    [new Error('plain'), 'plain'],
    [new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }), 'ECONNREFUSED'],
    [new AggregateError([new Error('first'), new Error('second')], 'several'), 'first'],
  ])('finds the reason in %s', (error, reason) => expect(explain(error)).toBe(reason));
});

describe('portOf', () => {
  it.each([
    ['127.0.0.1:19092', 19_092],
    ['http://127.0.0.1:18083', 18_083],
    ['postgres://sluice:sluice@127.0.0.1:15432/sluice', 15_432],
  ])('%s', (address, port) => expect(portOf(address)).toBe(port));
});
