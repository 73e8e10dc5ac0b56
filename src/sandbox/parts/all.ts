import type { SandboxPart, SandboxPort } from '../record.ts';
import { brokerPart } from './broker.ts';
import { mariadbPart } from './mariadb.ts';
import type { Part, Site } from './part.ts';
import { postgresPart } from './postgres.ts';
import { workerPart } from './worker.ts';

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
