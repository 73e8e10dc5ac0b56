import type { EngineName } from '../../src/databases/model.ts';
import type { ServerFacts, Session } from '../../src/databases/session.ts';
import type { Dialect } from '../../src/reconcile/dialects/dialect.ts';
import { dialectFor } from '../../src/reconcile/dialects/index.ts';

/** The dialect of a recent server of an engine. */
export function dialectOf(engine: EngineName, server: Partial<ServerFacts> = {}): Dialect {
  return dialectFor({ engine, server: { major: 18, ...server } } as unknown as Session);
}

/** Those of a source and of a target, as columns are paired by. */
export function dialectsOf(source: EngineName, target: EngineName): [Dialect, Dialect] {
  return [dialectOf(source), dialectOf(target)];
}
