import path from 'node:path';
import {
  metricsUrl,
  type SandboxComponent,
  type SandboxPort,
  type SandboxRecord,
} from '../../config/sandbox-record.ts';
import { brokerComponent, brokerProbe } from './broker.ts';
import type { Component, Layout, Probe } from './component.ts';
import { mariadbComponent, mariadbProbe } from './mariadb.ts';
import { postgresComponent, postgresProbe } from './postgres.ts';
import { workerComponent, workerProbe } from './worker.ts';

export const TITLES: Record<SandboxComponent, string> = {
  source: 'source PostgreSQL',
  target: 'target PostgreSQL',
  mariadb: 'MariaDB',
  broker: 'Kafka broker',
  worker: 'Connect worker',
};

/** The ports that each component listens on. */
export const PORTS_OF: Record<SandboxComponent, readonly SandboxPort[]> = {
  source: ['source'],
  target: ['target'],
  mariadb: ['mariadb'],
  broker: ['broker', 'controller'],
  worker: ['worker', 'metrics'],
};

/** PostgreSQL's SIGTERM waits until every client has disconnected; SIGINT is its fast, orderly shutdown. */
export const STOP_SIGNAL: Record<SandboxComponent, NodeJS.Signals> = {
  source: 'SIGINT',
  target: 'SIGINT',
  mariadb: 'SIGTERM',
  broker: 'SIGTERM',
  worker: 'SIGTERM',
};

/** How a component is started. */
export function componentOf(component: SandboxComponent, layout: Layout): Component {
  switch (component) {
    case 'source':
    case 'target':
      return postgresComponent(component, layout);
    case 'mariadb':
      return mariadbComponent(layout);
    case 'broker':
      return brokerComponent(layout);
    case 'worker':
      return workerComponent(layout);
  }
}

/** How a started component is probed. */
export function probeOf(component: SandboxComponent, record: SandboxRecord): Probe {
  const address = record.parts[component]?.address ?? '';
  const clusterId = record.clusterId ?? '';
  switch (component) {
    case 'source':
    case 'target':
      return postgresProbe(address, path.join(record.databaseFolder ?? '', component));
    case 'mariadb':
      return mariadbProbe(address, path.join(record.databaseFolder ?? '', component));
    case 'broker':
      return brokerProbe(address, clusterId);
    case 'worker':
      return workerProbe(address, metricsUrl(record.ports?.metrics ?? 0), clusterId);
  }
}
