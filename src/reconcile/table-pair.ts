import type { ColumnPlan } from './columns.ts';
import type { Session } from './dialects/dialect.ts';
import type { TableInfo } from './model.ts';
import type { Shard } from './options.ts';
import { type HashName, type SideQueries, sideQueries } from './queries.ts';

/** One side of an opened pair. */
export interface OpenSide {
  session: Session;
  /**
   * Further sessions that see the same moment where the engine can share it, to read parts of the table side by side. They
   * are opened while the main one works; who has no use for them need not see to their failure.
   */
  helpers: Promise<readonly Session[]>;
  /** The helpers see another moment than the main session does. */
  apart?: boolean;
  table: TableInfo;
  queries: SideQueries;
}

export interface TablePair {
  source: OpenSide;
  target: OpenSide;
  plan: ColumnPlan;
  hash: HashName;
  where: string | undefined;
  shard: Shard | undefined;
}

export function openPair(input: {
  source: { session: Session; helpers?: readonly Session[]; table: TableInfo };
  target: { session: Session; helpers?: readonly Session[]; table: TableInfo };
  plan: ColumnPlan;
  hash: HashName;
  where?: string | undefined;
  shard?: Shard | undefined;
  /** A row may be read twice, as where a scan is taken up: by XOR the two would cancel out, whatever is in them. */
  repeated?: boolean;
}): TablePair {
  const { plan, hash, where, shard, repeated = false } = input;
  const combine =
    plan.unique && !repeated && [input.source, input.target].every((one) => one.session.dialect.xor !== undefined)
      ? 'xor'
      : 'sum';
  const open = (side: 'source' | 'target'): OpenSide => {
    const { session, helpers = [], table } = input[side];
    const { dialect, server } = session;
    return {
      session,
      helpers: Promise.resolve(helpers),
      table,
      queries: sideQueries({ dialect, table, side, plan, hash, combine, major: server.major, where, shard }),
    };
  };
  return { source: open('source'), target: open('target'), plan, hash, where, shard };
}
