/**
 * The JSON Schema 2020-12 of one plugin's configuration, as it lies in schemas/plugins/CLASS/VERSION.json. What JSON
 * Schema has no word for stands in `x-` keywords; see docs/validate.md#schemas.
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
  /** More tasks than this never run, whatever tasks.max says. */
  'x-max-tasks'?: number;
  /** Keys that hold a secret though they are not typed PASSWORD. */
  'x-secrets'?: string[];
  /** Values that were renamed: key → old → new. */
  'x-renamed-values'?: Record<string, Record<string, string>>;
  'x-renamed-prefixes'?: RenamedPrefix[];
  /** Keys that belong to another connector: key → what to say. */
  'x-foreign'?: Record<string, string>;
  /** Families of keys that belong to other connectors. */
  'x-foreign-prefixes'?: ForeignPrefix[];
  /** Classes that this one took the place of. */
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
  /** `worker`: read from a running worker. `documentation`: written by hand, since the plugin could not be had. */
  origin: 'worker' | 'documentation';
}

/** Types of Connect's ConfigDef. */
export type ConnectType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';

/** What a key's value means to a person. */
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

/** Texts that only a parser can check: regular expressions of Java, lists of them, `k=v,k=v`. */
export type KeyFormat = 'regex' | 'regex-list' | 'map';

export interface KeySchema {
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
  /** The choices must be written in the very case. */
  'x-exact-case'?: true;
  /** Spaces around a number are refused. */
  'x-exact-space'?: true;
  /** A list's items must not be empty, and each may stand once. */
  'x-distinct'?: true;
  /** How many items a list may have. */
  'x-max-items'?: number;
  /** Allowed items of a list. */
  'x-items'?: string[];
  /** Regular expression of each item, and what stands between them. */
  'x-item-pattern'?: string;
  'x-separator'?: string;
  /** What to write, where the value has a form of its own. */
  'x-format-hint'?: string;
  /** The plugin starts in spite of a wrong value (or, with `range`, of one that is too small or large). */
  'x-lenient'?: true | 'range';
  'x-renamed'?: Renamed;
}

/** A key that went away, or is another plugin's or a common misspelling. */
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
  /** Expressions with what they become, where the new key has another form; the first that fits counts. */
  forms?: [pattern: string, replacement: string][];
  /** What a number is multiplied by, where the new key has another unit. */
  factor?: number;
  /** Where one key took the place of several: these with their defaults, and the new value by theirs, in that order. */
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

/** A key and all below it that belong to another connector. */
export interface ForeignPrefix {
  /** Without a dot at its end. */
  prefix: string;
  /** What to say. */
  of: string;
}

/** A list of names that each bring keys of their own: `converters=a` brings `a.type`. */
export interface AliasList {
  list: string;
  /** With `{alias}` for the name. */
  prefixes: string[];
}

/** `[key, operator]` or `[key, operator, operand]`; see src/validate/cross-rules.ts. */
export type Condition =
  /** `given` and `absent` mind whether the key is there; `set` and `unset`, whether there is something in it. */
  | [key: string, operator: 'set' | 'unset' | 'given' | 'absent']
  | [key: string, operator: 'matches', pattern: string]
  | [key: string, operator: 'in' | 'not-in' | 'contains', values: string[]]
  | [key: string, operator: 'above' | 'not-above' | 'below-twice', other: string];

/** When all of `when` hold, all of `expect` must; an empty `expect` means that `when` must not happen. */
export interface CrossRule {
  id: string;
  severity?: 'error' | 'warning';
  when: Condition[];
  expect: Condition[];
  /** The key that the finding points at. */
  at: string;
  /** The key that the finding is about, where it is not the one pointed at (a missing one). */
  key?: string;
  message: string;
  hint?: string;
}

/** The allowed values of a key, or undefined where any will do. */
export function choices(schema: KeySchema): readonly string[] | undefined {
  return schema.anyOf?.[0].enum;
}
