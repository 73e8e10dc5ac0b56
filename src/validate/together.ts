import path from 'node:path';
import { listItems } from '../connect/lists.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { place } from '../connectors/files.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { hasWorkerReference } from '../text/braced.ts';
import type { Problem } from './problem.ts';

interface Use {
  name: string;
  file: string;
}

interface Claim {
  rule: string;
  severity: Problem['severity'];
  /** What may be claimed once. */
  id: string;
  key: string;
  message(other: Use): string;
  hint: string;
}

/** What several connectors must not share. They come one after another: of thousands only what they claim is kept. */
export class Together {
  /** By rule, then by what is claimed. */
  readonly #claims = new Map<string, Map<string, Use>>();

  check(connector: ConnectorFile, store: SchemaStore): Problem[] {
    const problems: Problem[] = [];
    const use = { name: connector.name, file: connector.file };
    for (const claim of claimsOf(connector, store)) {
      const claims = this.#of(claim.rule);
      const other = claims.get(claim.id);
      if (other === undefined) {
        claims.set(claim.id, use);
        continue;
      }
      const { rule, key, hint } = claim;
      // Folders such as dev/ and prod/ hold the same connectors for different clusters.
      const severity = path.dirname(other.file) === path.dirname(connector.file) ? claim.severity : 'warning';
      const message = claim.message(other);
      problems.push({
        rule,
        severity,
        message,
        hint,
        key,
        at: key in connector.config ? key : anchor(key),
        part: 'value',
      });
    }
    return problems;
  }

  #of(rule: string): Map<string, Use> {
    let claims = this.#claims.get(rule);
    if (!claims) {
      claims = new Map();
      this.#claims.set(rule, claims);
    }
    return claims;
  }
}

function anchor(key: string): string {
  return key === 'name' ? 'name' : 'connector.class';
}

function* claimsOf(connector: ConnectorFile, store: SchemaStore): Generator<Claim> {
  const { config, unset } = connector;
  if (!unset.has('name')) {
    yield {
      rule: 'duplicate-name',
      severity: 'error',
      id: connector.name,
      key: 'name',
      message: (other) => `the name ${connector.name} is taken by the connector in ${place(other)}`,
      hint: 'Give each connector its own name.',
    };
  }
  const resolution = store.resolve((config['connector.class'] ?? '').trim(), ['source', 'sink']);
  const schema = 'found' in resolution ? store.schema(resolution.found) : undefined;
  if (!schema || !isDebeziumSource(schema['x-plugin'].class)) return;
  const value = (key: string) => (config[key] ?? schema.properties[key]?.default ?? '').trim();
  const known = (...keys: string[]) => keys.every((key) => !unset.has(key) && !hasWorkerReference(config[key] ?? ''));
  const server = `${value('database.hostname').toLowerCase()}:${value('database.port')}`;
  const share = (what: string) => (other: Use) => `${what} is also that of ${other.name} (${other.file})`;
  if (schema.properties['slot.name'] && known('slot.name', 'database.hostname', 'database.port')) {
    yield {
      rule: 'shared-slot',
      severity: 'error',
      id: `${server} ${value('slot.name')}`,
      key: 'slot.name',
      message: share(`the slot ${value('slot.name')}`),
      hint: 'Give each connector its own slot.name.',
    };
    // Only filtered publications are rewritten by their connector; whole ones can be shared.
    if (value('publication.autocreate.mode') === 'filtered' && known('publication.name', 'database.dbname')) {
      yield {
        rule: 'shared-publication',
        severity: 'warning',
        id: `${server} ${value('database.dbname')} ${value('publication.name')}`,
        key: 'publication.name',
        message: share(`the publication ${value('publication.name')}`),
        hint: 'Give each connector its own publication.name.',
      };
    }
  }
  if (config['database.server.id'] !== undefined && known('database.server.id', 'database.hostname', 'database.port')) {
    yield {
      rule: 'shared-server-id',
      severity: 'error',
      // 0184 is 184.
      id: `${server} ${Number(value('database.server.id')) || value('database.server.id')}`,
      key: 'database.server.id',
      message: share(`the server id ${value('database.server.id')}`),
      hint: 'Give each connector its own database.server.id.',
    };
  }
  if (config['topic.prefix'] !== undefined && known('topic.prefix')) {
    yield {
      rule: 'shared-topic-prefix',
      severity: 'warning',
      id: value('topic.prefix'),
      key: 'topic.prefix',
      message: share(`the topic prefix ${value('topic.prefix')}`),
      hint: 'Give each connector its own topic.prefix.',
    };
  }
  const topic = 'schema.history.internal.kafka.topic';
  if (config[topic] !== undefined && known(topic, 'schema.history.internal.kafka.bootstrap.servers')) {
    yield {
      rule: 'shared-history-topic',
      severity: 'warning',
      id: `${listItems(config['schema.history.internal.kafka.bootstrap.servers']).sort().join()} ${value(topic)}`,
      key: topic,
      message: share(`the schema history topic ${value(topic)}`),
      hint: 'Give each connector its own schema history topic.',
    };
  }
}

function isDebeziumSource(name: string): boolean {
  return name.startsWith('io.debezium.connector.') && !name.endsWith('SinkConnector');
}
