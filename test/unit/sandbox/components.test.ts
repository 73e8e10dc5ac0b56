import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SANDBOX_COMPONENTS, SANDBOX_PORTS } from '../../../src/config/sandbox-record.ts';
import { componentOf, PORTS_OF, STOP_SIGNAL } from '../../../src/sandbox/components/all.ts';
import { brokerSettings, MESSAGE_BYTES } from '../../../src/sandbox/components/broker.ts';
import type { Layout } from '../../../src/sandbox/components/component.ts';
import { bootstrapScript } from '../../../src/sandbox/components/mariadb.ts';
import { postgresSettings } from '../../../src/sandbox/components/postgres.ts';
import { renderLogging, renderProperties } from '../../../src/sandbox/components/properties.ts';
import { metricsSettings, workerSettings } from '../../../src/sandbox/components/worker.ts';
import { FIRST_PORTS, LOOPBACK } from '../../../src/sandbox/ports.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-parts-'));
const layout: Layout = {
  name: 'default',
  folder,
  databaseFolder: path.join(folder, 'databases'),
  bundles: { kafka: '/cache/kafka', postgres: '/cache/postgres', mariadb: '/cache/mariadb' },
  ports: FIRST_PORTS,
  clusterId: 'AAAAAAAAAAAAAAAAAAAAAA',
  java: '/usr/bin/java',
  account: { uid: 65534, gid: 65534 },
  environment: { PATH: '/usr/bin', PGDATA: '/elsewhere' },
};
beforeAll(() => mkdirSync(path.join(folder, 'logs')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('every component', () => {
  it.each(SANDBOX_COMPONENTS)('%s listens on the loopback interface, at its own port', (name) => {
    const component = componentOf(name, layout);
    const [port] = PORTS_OF[name];
    expect(component.address).toContain(`${LOOPBACK}:${FIRST_PORTS[port as keyof typeof FIRST_PORTS]}`);
    const spec = component.launch();
    expect(spec.log).toBe(path.join(folder, 'logs', `${name}.log`));
    expect([...spec.args].join(' ')).not.toMatch(/0\.0\.0\.0|\*:/);
  });

  it('has a port of its own for each listener, and all of them', () => {
    expect(Object.values(PORTS_OF).flat().sort()).toEqual([...SANDBOX_PORTS].sort());
  });

  it.each(['source', 'target', 'mariadb'] as const)(
    '%s runs under the other account, in a clean environment',
    (name) => {
      const spec = componentOf(name, layout).launch();
      expect(spec.account).toEqual(layout.account);
      expect(spec.env).not.toHaveProperty('PGDATA');
    },
  );

  it.each(['broker', 'worker'] as const)('%s runs as the caller', (name) => {
    expect(componentOf(name, layout).launch().account).toBeUndefined();
  });

  it('asks PostgreSQL not to wait for its clients', () => {
    expect(STOP_SIGNAL).toMatchObject({ source: 'SIGINT', target: 'SIGINT', worker: 'SIGTERM' });
  });
});

describe('the broker', () => {
  it('is one node whose internal topics need no second', () => {
    const settings = brokerSettings(layout);
    const replicas = Object.entries(settings).filter(([key]) => /replication\.factor|min\.isr/.test(key));
    expect(replicas.length).toBe(5);
    expect(replicas.every(([, value]) => value === 1)).toBe(true);
    expect(settings).toMatchObject({
      'process.roles': 'broker,controller',
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${FIRST_PORTS.broker}`,
      'group.initial.rebalance.delay.ms': 0,
    });
  });
});

describe('the worker', () => {
  it('is set up for quick tests and for long traces', () => {
    expect(workerSettings(layout)).toMatchObject({
      'plugin.discovery': 'service_load',
      'plugin.path': '/cache/kafka/plugins',
      'offset.flush.interval.ms': 1000,
      'scheduled.rebalance.max.delay.ms': 0,
      'connector.client.config.override.policy': 'All',
      'producer.max.request.size': MESSAGE_BYTES,
      'max.request.size': MESSAGE_BYTES,
    });
    expect(brokerSettings(layout)['message.max.bytes']).toBe(MESSAGE_BYTES);
  });

  it('shows its metrics to readers only, and on the loopback interface', () => {
    componentOf('worker', layout).launch();
    expect(readFileSync(path.join(folder, 'jolokia-access.xml'), 'utf8')).not.toMatch(/exec|write/);
    expect(metricsSettings(1, 'id', '/a b/policy.xml')).toMatchObject({
      host: LOOPBACK,
      policyLocation: 'file:///a%20b/policy.xml',
    });
  });
});

describe('PostgreSQL', () => {
  it('writes a logical WAL at the source only', () => {
    expect(postgresSettings('source', 1)).toMatchObject({ wal_level: 'logical', port: '1' });
    expect(postgresSettings('target', 1)).not.toHaveProperty('wal_level');
  });
});

describe('MariaDB', () => {
  it('logs by row with global transaction ids, and reads no configuration of the machine', () => {
    const { args } = componentOf('mariadb', layout).launch();
    expect(args[0]).toBe('--no-defaults');
    expect(args).toEqual(expect.arrayContaining(['--binlog-format=ROW', '--gtid-strict-mode=ON', '--server-id=1']));
  });

  it('is bootstrapped by one statement a line', () => {
    const script = bootstrapScript((file) => `-- ${file}`);
    for (const line of script.split('\n')) expect(line).toMatch(/^(?:[^;]*;?|)$/);
    expect(script).toContain("CREATE USER 'sluice'@'%'");
    expect(script.indexOf('mariadb_system_tables.sql')).toBeLessThan(script.indexOf('fill_help_tables.sql'));
  });
});

/** As java.util.Properties reads it, for one-line values. */
function parseProperties(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const at = line.indexOf('=');
        const value = line.slice(at + 1).replace(/^[ \t\f]+/, '');
        return [
          line.slice(0, at),
          value.replace(/\\(?:u([0-9a-f]{4})|(.))/g, (_all, code, character) =>
            code ? String.fromCharCode(Number.parseInt(code, 16)) : character,
          ),
        ];
      }),
  );
}

describe('renderProperties', () => {
  it('can be read back, in ASCII, with any character in a path', () => {
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(value, (text) => {
        const rendered = renderProperties({ 'log.dirs': text });
        expect(rendered).toMatch(/^[\x20-\x7e\n]*$/);
        expect(parseProperties(rendered)).toEqual({ 'log.dirs': text });
      }),
    );
  });

  it('sets log levels by name', () => {
    expect(parseProperties(renderLogging({ 'org.apache.kafka': 'WARN' }))).toMatchObject({
      'rootLogger.level': 'INFO',
      'logger.l0.name': 'org.apache.kafka',
      'logger.l0.level': 'WARN',
    });
  });
});
