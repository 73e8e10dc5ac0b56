import type { CheckedSource, EngineChecks } from '../engine-checks.ts';
import { live } from './live.ts';
import { postgresSourceFacts, postgresSourceFindings } from './source.ts';
import { targetReader } from './target.ts';

export const postgres: EngineChecks = {
  dependsOnHost: ({ message }) => /no pg_hba\.conf entry/.test(message),
  async source(session, source) {
    const { config } = source;
    const user = source.user || ((await session.query('SELECT current_user::text'))[0]?.[0] ?? '');
    const facts = await postgresSourceFacts(session, config, user);
    const quote = (identifier: string) => session.quote(identifier);
    return postgresSourceFindings(facts, config, { user, holdsSlot: holdsSlot(source) }, quote);
  },
  target: targetReader,
  live,
};

/** A live connector with the same name and slot is the reader. */
function holdsSlot({ name, config, live }: CheckedSource): boolean | undefined {
  if (live === undefined) return undefined;
  const running = live.get(name);
  return running !== undefined && (running['slot.name'] ?? 'debezium') === (config['slot.name'] ?? 'debezium');
}
