import { type Issue, issue, literal } from './model.ts';

type Config = Readonly<Record<string, string>>;

export interface SlotFacts {
  /** max_replication_slots */
  most: number;
  senders: { most: number; used: number };
  there: readonly Slot[];
}

export interface Slot {
  name: string;
  plugin: string | null;
  database: string | null;
  active: boolean;
  pid: string | null;
  /** The server no longer keeps the log that it needs, or is about to drop it. */
  lost: 'lost' | 'unreserved' | null;
}

const SPARE = 4;

/**
 * The slot of a connector, and room for one. Pure.
 * @param holdsSlot whether the connector itself is known to hold it; undefined where that cannot be told
 */
export function slotIssues(
  facts: SlotFacts,
  config: Config,
  database: string,
  holdsSlot: boolean | undefined,
): Issue[] {
  const wanted = config['slot.name'] ?? 'debezium';
  const slot = facts.there.find(({ name }) => name === wanted);
  const issues = slot === undefined ? roomIssues(facts) : ownIssues(slot, config, database, holdsSlot);
  // Whoever reads an active slot has a sender already.
  if (slot?.active !== true && facts.senders.used >= facts.senders.most) {
    issues.push(
      issue('error', 'wal-senders', `all ${facts.senders.most} WAL senders are in use`, {
        statement: `ALTER SYSTEM SET max_wal_senders = ${facts.senders.used + SPARE};`,
        hint: 'Then restart the server.',
      }),
    );
  }
  return issues;
}

function roomIssues({ there, most }: SlotFacts): Issue[] {
  if (there.length < most) return [];
  const idle = there.filter(({ active }) => !active).map(({ name }) => name);
  const drop =
    idle.length === 0
      ? ''
      : ` Or drop one that nobody reads any more (${idle.join(', ')}): SELECT pg_drop_replication_slot(${literal(idle[0] ?? '')});`;
  return [
    issue('error', 'replication-slots', `all ${most} replication slots are taken`, {
      statement: `ALTER SYSTEM SET max_replication_slots = ${there.length + SPARE};`,
      hint: `Then restart the server.${drop}`,
    }),
  ];
}

function ownIssues(slot: Slot, config: Config, database: string, holdsSlot: boolean | undefined): Issue[] {
  const issues: Issue[] = [];
  const drop = `SELECT pg_drop_replication_slot(${literal(slot.name)});`;
  const plugin = config['plugin.name'] ?? 'decoderbufs';
  if (slot.plugin !== plugin) {
    issues.push(
      issue(
        'error',
        'slot-plugin',
        `the slot ${slot.name} is one of ${slot.plugin ?? 'physical replication'}, not of ${plugin}`,
        {
          hint: 'Set plugin.name to what the slot has, or give the connector another slot.name.',
        },
      ),
    );
  }
  if (slot.database !== null && slot.database !== database) {
    issues.push(
      issue('error', 'slot-database', `the slot ${slot.name} belongs to the database ${slot.database}`, {
        hint: 'Give the connector another slot.name.',
      }),
    );
  }
  if (slot.lost !== null) {
    const said = slot.lost === 'lost' ? 'has lost log that it needs' : 'is about to lose log that it needs';
    issues.push(
      issue(slot.lost === 'lost' ? 'error' : 'warning', 'slot-lost', `the slot ${slot.name} ${said}`, {
        statement: slot.lost === 'lost' ? drop : null,
        hint: 'The connector then needs a new snapshot; raise max_slot_wal_keep_size, so that it does not happen again.',
      }),
    );
  }
  if (slot.active && holdsSlot !== true) {
    issues.push(
      issue(
        holdsSlot === false ? 'error' : 'note',
        'slot-active',
        `the slot ${slot.name} is being read${slot.pid === null ? '' : ` (process ${slot.pid})`}${holdsSlot === false ? ', and not by this connector' : ''}`,
        { hint: 'Unless this connector is what reads it, give the connector another slot.name, or stop the reader.' },
      ),
    );
  }
  return issues;
}
