import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { flagName } from '../../../../src/cli/flag-names.ts';
import { plainStyle } from '../../../../src/cli/style.ts';
import { sandboxDownView, sandboxStatusView } from '../../../../src/cli/views/sandbox.ts';
import type { SandboxStatus } from '../../../../src/sandbox/status.ts';
import { nameSettings } from '../../../../src/text/settings.ts';

beforeAll(() => nameSettings(flagName));

const status: SandboxStatus = {
  name: 'ci',
  health: 'unhealthy',
  context: 'sandbox-ci',
  connect: { url: 'http://127.0.0.1:18083' },
  kafka: { bootstrapServers: '127.0.0.1:19092' },
  metrics: { url: 'http://127.0.0.1:18778/jolokia' },
  databases: {
    source: {
      name: 'sandbox-ci-source',
      url: 'postgres://sluice:sluice@127.0.0.1:15432/sluice',
      host: '127.0.0.1',
      port: 15_432,
      database: 'sluice',
      user: 'sluice',
      password: 'sluice',
    },
  },
  parts: [
    {
      part: 'source',
      health: 'healthy',
      detail: 'PostgreSQL 18.4',
      address: 'postgres://…',
      pid: 12,
      log: '/logs/source.log',
    },
    {
      part: 'worker',
      health: 'dead',
      detail: 'its process has ended',
      address: 'http://…',
      pid: 345,
      log: '/logs/worker.log',
    },
  ],
};

describe('sandbox status', () => {
  it('assigns the addresses to variables of a shell', async () => {
    const { source } = status.databases;
    if (source === undefined) throw new Error('the fixture has a source');
    const quoted = { ...status, databases: { source: { ...source, password: "it's" } } };
    const printed = await sandboxStatusView.forms?.env?.(quoted);
    const script = `${printed}\necho "$CONNECT_URL|$BOOTSTRAP_SERVERS|$SOURCE_PORT|$SOURCE_USER|$SOURCE_PASSWORD"`;
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(
      "http://127.0.0.1:18083|127.0.0.1:19092|15432|sluice|it's\n",
    );
    const nothing = { ...status, connect: null, kafka: null, databases: {} };
    expect(sandboxStatusView.forms?.env?.(nothing)).toBe('');
  });

  it('shows health, addresses that can be copied, and how to repair', () => {
    expect(sandboxStatusView.table(status, plainStyle)).toBe(
      [
        'COMPONENT  HEALTH   PID  DETAIL',
        'source     healthy   12  PostgreSQL 18.4',
        'worker     dead     345  its process has ended',
        '',
        'Context            --context sandbox-ci',
        'Connect            http://127.0.0.1:18083',
        'Kafka              127.0.0.1:19092',
        "Metrics            http://127.0.0.1:18778/jolokia (the worker's JMX)",
        'sandbox-ci-source  postgres://sluice:sluice@127.0.0.1:15432/sluice',
        'Logs               /logs',
        'Repair             sluice sandbox up --name ci',
      ].join('\n'),
    );
    expect(sandboxStatusView.exitCode?.(status)).toBe(10);
    expect(sandboxStatusView.exitCode?.({ ...status, health: 'healthy' })).toBe(0);
  });

  it('says what to do if nothing runs', () => {
    const stopped: SandboxStatus = { ...status, name: 'default', health: 'stopped', parts: [] };
    expect(sandboxStatusView.table(stopped, plainStyle)).toBe(
      'The sandbox default is not running. Start it: sluice sandbox up',
    );
    expect(sandboxStatusView.exitCode?.(stopped)).toBe(10);
  });
});

describe('sandbox down', () => {
  it.each([
    [{ stopped: ['worker', 'broker'], gone: [], purged: false }, 'Stopped the sandbox ci: worker, broker.'],
    [{ stopped: [], gone: [], purged: false }, 'The sandbox ci was not running; nothing was stopped.'],
    [
      { stopped: ['broker'], gone: ['worker'], purged: true },
      'Stopped the sandbox ci: broker.\nAlready ended: worker.\nIts data and logs were removed.',
    ],
  ] as const)('%j', (result, text) => {
    const down = { name: 'ci', ...result, stopped: [...result.stopped], gone: [...result.gone] };
    expect(sandboxDownView.table(down, plainStyle)).toBe(text);
  });
});
