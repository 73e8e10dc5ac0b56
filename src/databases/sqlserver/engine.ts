import type { Engine } from '../engine.ts';
import { errorFacts } from './error-facts.ts';

export const sqlserver: Engine = {
  schemes: ['sqlserver'],
  otherSchemes: ['mssql'],
  jdbcSchemes: ['sqlserver'],
  port: 1433,
  instances: true,
  tls: { properties: ['encrypt', 'trustServerCertificate', 'hostNameInCertificate'] },
  unquoted: (name) => name,
  captures: 'databases',
  errorFacts,
  open: async (...given) => (await import('./session.ts')).openSqlserver(...given),
};
