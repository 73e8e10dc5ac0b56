import path from 'node:path';

/**
 * The JSON Schema 2020-12 of one plugin's configuration, stored as schemas/plugins/CLASS/VERSION.json. What JSON Schema
 * cannot express is in `x-` keywords; see docs/validate.md#schemas.
 */
export interface PluginSchema {
  $schema: string;
  $id: string;
  title: string;
  type: 'object';
  required: string[];
  properties: Record<string, KeySchema>;
  patternProperties: Record<string, PatternSchema>;
  additionalProperties: false;
  'x-plugin': PluginIdentity;
  'x-rules'?: CrossRule[];
  'x-aliases'?: AliasList[];
  /** The maximum number of tasks that ever run, regardless of tasks.max. */
  'x-max-tasks'?: number;
  /** Keys that contain a secret although their type is not PASSWORD. */
  'x-secrets'?: string[];
  /** Values that were renamed: key → old → new. */
  'x-renamed-values'?: Record<string, Record<string, string>>;
  'x-renamed-prefixes'?: RenamedPrefix[];
  /** Keys that belong to another connector: key → message. */
  'x-foreign'?: Record<string, string>;
  /** Families of keys that belong to other connectors. */
  'x-foreign-prefixes'?: ForeignPrefix[];
  /** Classes that this one replaced. */
  'x-formerly'?: string[];
  /** Unknown keys below this prefix still reach the JDBC driver. */
  'x-driver-prefix'?: string;
}

export type PluginType =
  | 'source'
  | 'sink'
  | 'converter'
  | 'header_converter'
  | 'transformation'
  | 'predicate'
  | 'client';

export interface PluginIdentity {
  class: string;
  /** A converter may serve keys, values and headers. */
  types: PluginType[];
  version: string;
  /** `worker`: read from a running worker. `documentation`: written by hand, since the plugin is not available. */
  origin: 'worker' | 'documentation';
}

/** Patterns of values in every schema. */
export const INTEGER = '^\\s*[+-]?\\d+\\s*$';
export const BOOLEAN = '^\\s*(?:[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\\s*$';
/** A value that sluice or the worker fills in later is valid for every type. */
export const REFERENCE = '\\$\\{';

/** Types of Connect's ConfigDef. */
export type ConnectType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';

/** The meaning of a key's value to a person. */
export type KeyKind =
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'duration'
  | 'choice'
  | 'list'
  | 'class'
  | 'password'
  | 'text';

/** Formats that need a parser: Java regular expressions, lists of them, `k=v,k=v`, Java's time zones with or without offsets. */
export type KeyFormat = 'regex' | 'regex-list' | 'map' | 'time-zone' | 'time-zone-name';

/** Not an interface, which would not be a `Record<string, unknown>`. */
export type KeySchema = {
  type?: string | string[];
  description?: string;
  default?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  pattern?: string;
  anyOf?: [{ enum: string[] }, { type: 'string'; pattern: string }];
  deprecated?: true;
  'x-type': ConnectType;
  'x-kind': KeyKind;
  'x-importance'?: string;
  'x-group'?: string;
  'x-unit'?: 'ms';
  'x-format'?: KeyFormat;
  /** Choices are case-sensitive. */
  'x-exact-case'?: true;
  /** Spaces around a number are refused. */
  'x-exact-space'?: true;
  /** A list's items must be distinct and not empty. */
  'x-distinct'?: true;
  /** The maximum number of items in a list. */
  'x-max-items'?: number;
  /** Allowed items of a list. */
  'x-items'?: string[];
  /** Regular expression for each item, and their separator. */
  'x-item-pattern'?: string;
  'x-separator'?: string;
  /** What to write if the value has a special format. */
  'x-format-hint'?: string;
  /** The plugin starts despite an invalid value (with `range`, despite a number out of range). */
  'x-lenient'?: true | 'range';
  'x-renamed'?: Renamed;
};

/** A key that was removed, belongs to another plugin, or is a common misspelling. */
export interface Renamed {
  to?: string;
  /** The release that removed it. */
  gone?: string;
  /** Still read by the plugin. */
  accepted?: boolean;
  /** Never existed: what people write instead of `to`. */
  typo?: boolean;
  /** Whose key it is. */
  foreign?: string;
  /** Old value → new value. */
  values?: Record<string, string>;
  /** Expressions with their replacements, if the new key has another format; the first match counts. */
  forms?: [pattern: string, replacement: string][];
  /** Factor for numbers, if the new key has another unit. */
  factor?: number;
  /** If one key replaced several: these with their defaults, and the new value by their values, in that order. */
  merged?: { keys: Record<string, string>; values: Record<string, string> };
}

export interface PatternSchema {
  description: string;
  'x-type'?: ConnectType;
  'x-format'?: KeyFormat;
  'x-secret'?: true;
}

export interface RenamedPrefix {
  from: string;
  to: string;
  gone: string;
}

/** A key of another connector, and all keys below it. */
export interface ForeignPrefix {
  /** Without its trailing dot. */
  prefix: string;
  /** The message. */
  of: string;
}

/** A list of names that each have their own keys: `converters=a` has `a.type`. */
export interface AliasList {
  list: string;
  /** With `{alias}` for the name. */
  prefixes: string[];
}

/** `[key, operator]` or `[key, operator, operand]`; see src/validate/rules/cross-keys.ts. */
export type Condition =
  /** `given` and `absent` check whether the key exists; `set` and `unset`, whether it has a value. */
  | [key: string, operator: 'set' | 'unset' | 'given' | 'absent']
  | [key: string, operator: 'matches', pattern: string]
  | [key: string, operator: 'in' | 'not-in' | 'contains', values: string[]]
  | [key: string, operator: 'above' | 'not-above' | 'below-twice', other: string];

/** If all of `when` hold, all of `expect` must; an empty `expect` means that `when` must not hold. */
export interface CrossRule {
  id: string;
  severity?: 'error' | 'warning';
  when: Condition[];
  expect: Condition[];
  /** The key that the finding points at. */
  at: string;
  /** The key that the finding is about, if it is not the one pointed at (a missing one). */
  key?: string;
  message: string;
  hint?: string;
}

/** The allowed values of a key, or undefined if any is allowed. */
export function choices(schema: KeySchema): readonly string[] | undefined {
  return schema.anyOf?.[0].enum;
}

/** schemas/plugins/index.json: the plugins that have a schema, without reading them. */
export interface SchemaIndex {
  plugins: Record<string, IndexEntry>;
}

export interface IndexEntry {
  types: PluginType[];
  versions: string[];
  origin: 'worker' | 'documentation';
  /** Former names of the class. */
  formerly?: string[];
}

/** The path of a plugin's schema in a folder of schemas. */
export function schemaPath(pluginClass: string, version: string): string {
  return path.join(pluginClass, `${version}.json`);
}
