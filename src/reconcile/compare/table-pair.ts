import type { TableInfo } from '../../databases/model.ts';
import type { Session } from '../../databases/session.ts';
import type { ColumnPlan } from '../columns/plan.ts';
import { dialectFor } from '../dialects/index.ts';
import type { HashName, Shard } from '../model.ts';
import { type SideQueries, sideQueries } from './queries.ts';

/** One side of an opened pair. */
export interface OpenSide {
  session: Session;
  /**
   * Additional sessions, in the same snapshot if the engine can share it, to read parts of the table in parallel. They
   * open while the main session works; callers that do not use them may ignore their failure.
   */
  helpers: Promise<readonly Session[]>;
  /** The helpers have a different snapshot than the main session. */
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
  /** A row may be read twice, as in a resumed scan: with XOR the two would cancel out. */
  repeated?: boolean;
}): TablePair {
  const { plan, hash, where, shard, repeated = false } = input;
  const combine =
    plan.unique && !repeated && [input.source, input.target].every((one) => dialectFor(one.session).xor !== undefined)
      ? 'xor'
      : 'sum';
  const open = (side: 'source' | 'target'): OpenSide => {
    const { session, helpers = [], table } = input[side];
    const dialect = dialectFor(session);
    return {
      session,
      helpers: Promise.resolve(helpers),
      table,
      queries: sideQueries({ dialect, table, side, plan, hash, combine, where, shard }),
    };
  };
  return { source: open('source'), target: open('target'), plan, hash, where, shard };
}
