import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import type { SchemaStore } from '../../schemas/store.ts';
import { listItems } from '../../text/lists.ts';
import { connectorClass } from '../../topology/connector-class.ts';
import type { Report, Scope } from './scope.ts';

const JSON_CONVERTER = /^(?:org\.apache\.kafka\.connect\.json\.JsonConverter|JsonConverter|Json)$/;

/** A JDBC sink takes its columns from a record's schema, and fails at the first record without one. */
export function checkSinkSchemas(scope: Scope, schema: PluginSchema, store: SchemaStore, report: Report): void {
  if (!connectorClass(schema['x-plugin'].class).needsSchemas) return;
  const { config, unknown } = scope;
  const key = 'value.converter.schemas.enable';
  if (unknown('value.converter') || unknown(key) || !JSON_CONVERTER.test((config['value.converter'] ?? '').trim()))
    return;
  if (!/^\s*false\s*$/i.test(config[key] ?? '')) return;
  report({
    rule: 'json-without-schemas',
    // A transform without a schema here may add one to the records.
    severity: hasUnknownTransform(scope, store) ? 'warning' : 'error',
    message: 'a JDBC sink cannot read JSON without schemas: it fails at the first record',
    hint: 'Write value.converter.schemas.enable=true, here and at the source.',
    key,
    part: 'value',
  });
}

function hasUnknownTransform({ config, unknown }: Scope, store: SchemaStore): boolean {
  if (unknown('transforms')) return true;
  return listItems(config['transforms']).some((alias) => {
    const key = `transforms.${alias}.type`;
    return unknown(key) || !('found' in store.resolve((config[key] ?? '').trim(), ['transformation']));
  });
}
