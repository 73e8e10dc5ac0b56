import path from 'node:path';
import type { SandboxPart, SandboxPort, SandboxRecord } from '../record.ts';
import { brokerPart, brokerProbe } from './broker.ts';
import { mariadbPart, mariadbProbe } from './mariadb.ts';
import type { Part, Probe, Site } from './part.ts';
import { postgresPart, postgresProbe } from './postgres.ts';
import { metricsUrl, workerPart, workerProbe } from './worker.ts';

export const TITLES: Record<SandboxPart, string> = {
  source: 'source PostgreSQL',
  target: 'target PostgreSQL',
  mariadb: 'MariaDB',
  broker: 'Kafka broker',
  worker: 'Connect worker',
};

/** The ports that each part listens on. */
export const PORTS_OF: Record<SandboxPart, readonly SandboxPort[]> = {
  source: ['source'],
  target: ['target'],
  mariadb: ['mariadb'],
  broker: ['broker', 'controller'],
  worker: ['worker', 'metrics'],
};

/** PostgreSQL's SIGTERM waits until every client has gone by itself; SIGINT is its quick, orderly way. */
export const STOP_SIGNAL: Record<SandboxPart, NodeJS.Signals> = {
  source: 'SIGINT',
  target: 'SIGINT',
  mariadb: 'SIGTERM',
  broker: 'SIGTERM',
  worker: 'SIGTERM',
};

/** How a part is started. */
export function partOf(part: SandboxPart, site: Site): Part {
  switch (part) {
    case 'source':
    case 'target':
      return postgresPart(part, site);
    case 'mariadb':
      return mariadbPart(site);
    case 'broker':
      return brokerPart(site);
    case 'worker':
      return workerPart(site);
  }
}

/** How a part that was started is asked for its health. */
export function probeOf(part: SandboxPart, record: SandboxRecord): Probe {
  const address = record.parts[part]?.address ?? '';
  const clusterId = record.clusterId ?? '';
  switch (part) {
    case 'source':
    case 'target':
      return postgresProbe(address, path.join(record.databaseFolder ?? '', part));
    case 'mariadb':
      return mariadbProbe(address, path.join(record.databaseFolder ?? '', part));
    case 'broker':
      return brokerProbe(address, clusterId);
    case 'worker':
      return workerProbe(address, metricsUrl(record.ports?.metrics ?? 0), clusterId);
  }
}
