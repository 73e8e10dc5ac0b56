import { literal } from '../../databases/literals.ts';
import { type DatabaseFinding, finding } from '../model.ts';

type Config = Readonly<Record<string, string>>;

export interface SlotFacts {
  /** max_replication_slots */
  max: number;
  senders: { max: number; used: number };
  slots: readonly Slot[];
}

export interface Slot {
  name: string;
  plugin: string | null;
  database: string | null;
  active: boolean;
  pid: string | null;
  /** The server no longer retains the WAL that it needs, or is about to remove it. */
  lost: 'lost' | 'unreserved' | null;
}

const SPARE = 4;

/**
 * Checks the slot of a connector, or that one is free. Pure.
 * @param holdsSlot whether the connector itself holds it; undefined if that is unknown
 */
export function slotFindings(
  facts: SlotFacts,
  config: Config,
  database: string,
  holdsSlot: boolean | undefined,
): DatabaseFinding[] {
  const wanted = config['slot.name'] ?? 'debezium';
  const slot = facts.slots.find(({ name }) => name === wanted);
  const findings = slot === undefined ? roomFindings(facts) : ownFindings(slot, config, database, holdsSlot);
  // The reader of an active slot already has a sender.
  if (slot?.active !== true && facts.senders.used >= facts.senders.max) {
    findings.push(
      finding('error', 'wal-senders', `all ${facts.senders.max} WAL senders are in use`, {
        statement: `ALTER SYSTEM SET max_wal_senders = ${facts.senders.used + SPARE};`,
        hint: 'Then restart the server.',
      }),
    );
  }
  return findings;
}

function roomFindings({ slots, max }: SlotFacts): DatabaseFinding[] {
  if (slots.length < max) return [];
  const idle = slots.filter(({ active }) => !active).map(({ name }) => name);
  const drop =
    idle.length === 0
      ? ''
      : ` Or drop an unused one (${idle.join(', ')}): SELECT pg_drop_replication_slot(${literal(idle[0] ?? '')});`;
  return [
    finding('error', 'replication-slots', `all ${max} replication slots are taken`, {
      statement: `ALTER SYSTEM SET max_replication_slots = ${slots.length + SPARE};`,
      hint: `Then restart the server.${drop}`,
    }),
  ];
}

function ownFindings(slot: Slot, config: Config, database: string, holdsSlot: boolean | undefined): DatabaseFinding[] {
  const findings: DatabaseFinding[] = [];
  const drop = `SELECT pg_drop_replication_slot(${literal(slot.name)});`;
  const plugin = config['plugin.name'] ?? 'decoderbufs';
  if (slot.plugin !== plugin) {
    findings.push(
      finding(
        'error',
        'slot-plugin',
        `the slot ${slot.name} uses ${slot.plugin ?? 'physical replication'}, not ${plugin}`,
        {
          hint: 'Set plugin.name to match the slot, or give the connector another slot.name.',
        },
      ),
    );
  }
  if (slot.database !== null && slot.database !== database) {
    findings.push(
      finding('error', 'slot-database', `the slot ${slot.name} belongs to the database ${slot.database}`, {
        hint: 'Give the connector another slot.name.',
      }),
    );
  }
  if (slot.lost !== null) {
    const what = slot.lost === 'lost' ? 'has lost WAL that it needs' : 'is about to lose WAL that it needs';
    findings.push(
      finding(slot.lost === 'lost' ? 'error' : 'warning', 'slot-lost', `the slot ${slot.name} ${what}`, {
        statement: slot.lost === 'lost' ? drop : null,
        hint: 'After that, the connector must take a new snapshot; raise max_slot_wal_keep_size to avoid this next time.',
      }),
    );
  }
  if (slot.active && holdsSlot !== true) {
    findings.push(
      finding(
        holdsSlot === false ? 'error' : 'note',
        'slot-active',
        `the slot ${slot.name} is being read${slot.pid === null ? '' : ` (process ${slot.pid})`}${holdsSlot === false ? ', but not by this connector' : ''}`,
        { hint: 'Unless this connector is reading it, give the connector another slot.name, or stop the reader.' },
      ),
    );
  }
  return findings;
}
