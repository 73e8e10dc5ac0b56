import type { EngineChecks } from '../engine-checks.ts';
import { live } from './live.ts';
import { sqlserverSourceFacts, sqlserverSourceFindings } from './source.ts';
import { targetReader } from './target.ts';

export const sqlserver: EngineChecks = {
  dependsOnHost: () => false,
  async source(session, { config, user }) {
    const [[own, login] = []] = await session.query('SELECT USER_NAME(), SUSER_SNAME()');
    const sameUser = user === '' || [own, login].some((one) => one?.toLowerCase() === user.toLowerCase());
    const quote = (identifier: string) => session.quote(identifier);
    return sqlserverSourceFindings(await sqlserverSourceFacts(session), config, sameUser, quote);
  },
  target: targetReader,
  live,
};
