import path from 'node:path';
import type { ConnectorFile } from '../../connectors/connector-file.ts';
import { place } from '../../connectors/files.ts';
import type { RuleId } from '../../connectors/finding.ts';
import type { SchemaStore } from '../../schemas/store.ts';
import { hasWorkerReference } from '../../text/braced.ts';
import { listItems } from '../../text/lists.ts';
import { isDebeziumSource } from '../../topology/connector-class.ts';
import type { RuleFinding } from './scope.ts';

interface Use {
  name: string;
  file: string;
}

/** What only one connector may have. */
interface Claim {
  rule: RuleId;
  severity: RuleFinding['severity'];
  key: string;
  message(value: string, other: Use): string;
  hint: string;
}

const NAME: Claim = {
  rule: 'duplicate-name',
  severity: 'error',
  key: 'name',
  message: (name, other) => `the name ${name} is already used by the connector in ${place(other)}`,
  hint: 'Give each connector its own name.',
};
const shared = (what: string) => (value: string, other: Use) =>
  `the ${what} ${value} is also used by ${other.name} (${other.file})`;
const SLOT: Claim = {
  rule: 'shared-slot',
  severity: 'error',
  key: 'slot.name',
  message: shared('slot'),
  hint: 'Give each connector its own slot.name.',
};
const PUBLICATION: Claim = {
  rule: 'shared-publication',
  severity: 'warning',
  key: 'publication.name',
  message: shared('publication'),
  hint: 'Give each connector its own publication.name.',
};
const SERVER_ID: Claim = {
  rule: 'shared-server-id',
  severity: 'error',
  key: 'database.server.id',
  message: shared('server id'),
  hint: 'Give each connector its own database.server.id.',
};
const TOPIC_PREFIX: Claim = {
  rule: 'shared-topic-prefix',
  severity: 'warning',
  key: 'topic.prefix',
  message: shared('topic prefix'),
  hint: 'Give each connector its own topic.prefix.',
};
const HISTORY_TOPIC: Claim = {
  rule: 'shared-history-topic',
  severity: 'warning',
  key: 'schema.history.internal.kafka.topic',
  message: shared('schema history topic'),
  hint: 'Give each connector its own schema history topic.',
};
const HISTORY_SERVERS = 'schema.history.internal.kafka.bootstrap.servers';

/** Finds what several connectors must not share. They are checked one by one; only their claims are kept. */
export class CrossConnectorChecks {
  /** By rule, then by what is claimed. */
  readonly #uses = new Map<RuleId, Map<string, Use>>();

  check(connector: ConnectorFile, store: SchemaStore): RuleFinding[] {
    const findings: RuleFinding[] = [];
    const { name, file, config, unset } = connector;
    const use = { name, file };
    /** @param id what is claimed; by default the value */
    const claim = (one: Claim, value: string, id = value) => {
      const other = this.#claim(one.rule, id, use);
      if (other !== undefined) findings.push(conflict(one, value, other, connector));
    };
    if (!unset.has('name')) claim(NAME, name);
    const resolution = store.resolve((config['connector.class'] ?? '').trim(), ['source', 'sink']);
    const schema = 'found' in resolution ? store.schema(resolution.found) : undefined;
    if (!schema || !isDebeziumSource(schema['x-plugin'].class)) return findings;
    const value = (key: string) => (config[key] ?? schema.properties[key]?.default ?? '').trim();
    const known = (key: string) => !unset.has(key) && !hasWorkerReference(config[key] ?? '');
    const isServerKnown = known('database.hostname') && known('database.port');
    const server = isServerKnown ? `${value('database.hostname').toLowerCase()}:${value('database.port')}` : '';
    if (isServerKnown && schema.properties['slot.name'] && known('slot.name')) {
      const slot = value('slot.name');
      claim(SLOT, slot, `${server} ${slot}`);
      // Connectors rewrite filtered publications only; publications of all tables can be shared.
      if (
        value('publication.autocreate.mode') === 'filtered' &&
        known('publication.name') &&
        known('database.dbname')
      ) {
        const publication = value('publication.name');
        claim(PUBLICATION, publication, `${server} ${value('database.dbname')} ${publication}`);
      }
    }
    if (isServerKnown && config['database.server.id'] !== undefined && known('database.server.id')) {
      const id = value('database.server.id');
      // 0184 is 184.
      claim(SERVER_ID, id, `${server} ${Number(id) || id}`);
    }
    if (config['topic.prefix'] !== undefined && known('topic.prefix')) claim(TOPIC_PREFIX, value('topic.prefix'));
    if (config[HISTORY_TOPIC.key] !== undefined && known(HISTORY_TOPIC.key) && known(HISTORY_SERVERS)) {
      const topic = value(HISTORY_TOPIC.key);
      claim(HISTORY_TOPIC, topic, `${listItems(config[HISTORY_SERVERS]).sort().join()} ${topic}`);
    }
    return findings;
  }

  /** Who has claimed it already; undefined for the first, who gets it. */
  #claim(rule: RuleId, id: string, use: Use): Use | undefined {
    let uses = this.#uses.get(rule);
    if (!uses) {
      uses = new Map();
      this.#uses.set(rule, uses);
    }
    const other = uses.get(id);
    if (other === undefined) uses.set(id, use);
    return other;
  }
}

function conflict(
  { rule, severity, key, message, hint }: Claim,
  value: string,
  other: Use,
  own: ConnectorFile,
): RuleFinding {
  return {
    rule,
    // Folders such as dev/ and prod/ contain the same connectors for different clusters.
    severity: path.dirname(other.file) === path.dirname(own.file) ? severity : 'warning',
    message: message(value, other),
    hint,
    key,
    at: key in own.config ? key : anchor(key),
    part: 'value',
  };
}

function anchor(key: string): string {
  return key === 'name' ? 'name' : 'connector.class';
}
