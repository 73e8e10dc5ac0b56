import type { EngineChecks } from '../engine-checks.ts';
import { live } from './live.ts';
import { mysqlSourceFacts, mysqlSourceFindings } from './source.ts';
import { targetReader } from './target.ts';

export const mysql: EngineChecks = {
  // An account has a host in its name.
  dependsOnHost: () => true,
  async source(session, { config, user }) {
    const quote = (identifier: string) => session.quote(identifier);
    return mysqlSourceFindings(await mysqlSourceFacts(session, user), config, quote);
  },
  target: targetReader,
  live,
};
