import type { ConfigKey } from '../../connect/types.ts';
import type { ConnectType, KeyKind } from '../plugin-schema.ts';

/** Debezium lists names such as `column.mask.with.(d+).chars`: patterns, not keys. */
export function isPatternName(name: string): boolean {
  return name.includes('(');
}

/**
 * Keys that are not sent to the worker when a plugin is probed: they would open a connection, load another plugin or
 * change which one is asked.
 */
const UNTOUCHED = new Set([
  'name',
  'connector.class',
  'database.hostname',
  'mongodb.connection.string',
  'transforms',
  'predicates',
  'topics',
  'topics.regex',
  'type',
  'predicate',
]);

export function isProbed({ name }: ConfigKey): boolean {
  return !UNTOUCHED.has(name) && !isPatternName(name) && !/converter$|plugin\.version$/.test(name);
}

export function isNumeric(type: string): boolean {
  return type === 'INT' || type === 'SHORT' || type === 'LONG' || type === 'DOUBLE';
}

export function kindOf(name: string, type: ConnectType, hasChoices: boolean): KeyKind {
  switch (type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'PASSWORD':
      return 'password';
    case 'CLASS':
      return 'class';
    case 'LIST':
      return 'list';
    case 'DOUBLE':
      return 'decimal';
    case 'INT':
    case 'SHORT':
    case 'LONG':
      return isDuration(name) ? 'duration' : 'integer';
    default:
      return hasChoices ? 'choice' : 'text';
  }
}

/** By convention in Kafka, the name ends with the unit. */
function isDuration(name: string): boolean {
  return /[._]ms$|^errors\.retry\.timeout$/.test(name);
}
