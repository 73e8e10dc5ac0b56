import type { Engine } from '../engine.ts';
import { errorFacts } from './error-facts.ts';

export const postgres: Engine = {
  schemes: ['postgres'],
  otherSchemes: ['postgresql'],
  jdbcSchemes: ['postgresql'],
  port: 5432,
  tls: { parameter: 'sslmode' },
  beginTls: async (socket) => (await import('./begin-tls.ts')).beginTls(socket),
  unquoted: (name) => name.toLowerCase(),
  jdbcSearchPath: (url) => /^jdbc:postgresql:[^?]*\?(?:.*&)?currentSchema=([^&]*)/.exec(url)?.[1],
  captures: 'database',
  errorFacts,
  open: async (...given) => (await import('./session.ts')).openPostgres(...given),
};
