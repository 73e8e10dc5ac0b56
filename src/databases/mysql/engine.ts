import type { Engine } from '../engine.ts';
import { errorFacts } from './error-facts.ts';

/** MySQL and MariaDB: `ServerFacts.product` tells which. */
export const mysql: Engine = {
  schemes: ['mysql', 'mariadb'],
  jdbcSchemes: ['mysql', 'mariadb'],
  port: 3306,
  tls: { parameter: 'ssl' },
  beginTls: async (socket) => (await import('./begin-tls.ts')).beginTls(socket),
  unquoted: (name) => name,
  captures: 'server',
  errorFacts,
  open: async (...given) => (await import('./session.ts')).openMysql(...given),
};
