import type { KeySchema, PatternSchema, PluginSchema } from '../../schemas/plugin-schema.ts';
import { fitsAnyLength } from '../../text/foreign-pattern.ts';
import { nearest } from '../../text/nearest.ts';
import { expression } from './scope.ts';

/** A key or a family of keys: its schema, and the values that it has accepted. */
export class KnownKey {
  readonly schema: KeySchema;
  #accepted: Set<string> | undefined;

  constructor(schema: KeySchema) {
    this.schema = schema;
  }

  /**
   * Whether it accepted a value before, or accepts any. Validity depends on nothing else. False only means that the value
   * must be checked.
   */
  accepts(value: string): boolean {
    this.#accepted ??= takesAnything(this.schema) ? ANYTHING : new Set();
    return this.#accepted === ANYTHING || this.#accepted.has(value);
  }

  /** Remembers a valid value. */
  remember(value: string): void {
    if (this.#accepted !== undefined && this.#accepted.size < MAX_REMEMBERED) this.#accepted.add(value);
  }
}

/** What the checks need from a schema for every connector, computed once: thousands of files use the same few classes. */
class CompiledSchema {
  readonly #schema: PluginSchema;
  readonly #keys: ReadonlyMap<string, KnownKey>;
  readonly #patterns: readonly (readonly [RegExp, KnownKey, PatternSchema])[];
  readonly #suggestions = new Map<string, string | undefined>();
  readonly #slips = new Map<string, string | undefined>();
  #liveKeys: string[] | undefined;
  #predecessors: ReadonlyMap<string | undefined, readonly string[]> | undefined;

  constructor(schema: PluginSchema) {
    this.#schema = schema;
    this.#keys = new Map(Object.entries(schema.properties).map(([key, known]) => [key, new KnownKey(known)]));
    this.#patterns = Object.entries(schema.patternProperties).map(
      ([pattern, known]) => [expression(pattern), new KnownKey(asKey(known)), known] as const,
    );
  }

  /** What is known of a key, by name. */
  key(name: string): KnownKey | undefined {
    return this.#keys.get(name);
  }

  /** The family of keys that a key belongs to; `open` if the family does not define its keys. */
  family(name: string): { known: KnownKey; open: boolean } | undefined {
    const found = this.#patterns.find(([pattern]) => fitsAnyLength(pattern, name));
    return found && { known: found[1], open: found[2]['x-type'] === undefined };
  }

  /** Whether the plugin, or Connect for it, reads a key. */
  reads(name: string): boolean {
    const known = this.#keys.get(name)?.schema;
    if (known === undefined) return this.family(name) !== undefined;
    return known['x-renamed'] === undefined || known['x-renamed'].accepted === true;
  }

  /** Keys that this one replaced. */
  predecessors(name: string): readonly string[] {
    this.#predecessors ??= Map.groupBy(
      [...this.#keys].filter(([, { schema }]) => schema['x-renamed']?.to !== undefined).map(([key]) => key),
      (key) => this.#keys.get(key)?.schema['x-renamed']?.to,
    );
    return this.#predecessors.get(name) ?? [];
  }

  /** The key that a misspelt one was probably intended to be. */
  suggestion(name: string): string | undefined {
    return remembered(this.#suggestions, name, () => nearest(name, this.#live()));
  }

  /** As {@link suggestion}, for a key of an open family: it must differ from a known key by a letter or two. */
  slip(name: string): string | undefined {
    return remembered(this.#slips, name, () => {
      const family = `${name.slice(0, name.indexOf('.'))}.`;
      const suggestion = nearest(
        name,
        this.#live().filter((one) => one.startsWith(family) && Math.abs(one.length - name.length) <= 2),
      );
      return suggestion !== undefined && suggestion !== name && differsLittle(name, suggestion)
        ? suggestion
        : undefined;
    });
  }

  #live(): string[] {
    this.#liveKeys ??= Object.keys(this.#schema.properties).filter((key) => {
      const renamed = this.#schema.properties[key]?.['x-renamed'];
      return renamed === undefined || renamed.accepted === true;
    });
    return this.#liveKeys;
  }
}

const compiled = new WeakMap<PluginSchema, CompiledSchema>();

export function compiledSchema(schema: PluginSchema): CompiledSchema {
  let known = compiled.get(schema);
  if (!known) {
    known = new CompiledSchema(schema);
    compiled.set(schema, known);
  }
  return known;
}

function asKey(pattern: PatternSchema): KeySchema {
  return { ...pattern, 'x-type': pattern['x-type'] ?? 'STRING', 'x-kind': 'text' };
}

/** Bounds the caches: a folder may contain any number of different values. */
const MAX_REMEMBERED = 1000;

function remembered<T>(memory: Map<string, T>, key: string, work: () => T): T {
  if (memory.has(key)) return memory.get(key) as T;
  const result = work();
  if (memory.size < MAX_REMEMBERED) memory.set(key, result);
  return result;
}

function differsLittle(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 2;
}

const ANYTHING = new Set<string>();
/** Keywords that reject no value. */
const HARMLESS = new Set([
  ...['type', 'description', 'default', 'deprecated', 'x-type', 'x-kind', 'x-importance', 'x-group', 'x-unit'],
  ...['x-renamed', 'x-lenient', 'x-secret', 'x-format-hint', 'x-exact-case'],
]);

/** An allowlist of keywords, so that values of a new keyword do not pass unchecked. */
function takesAnything(schema: KeySchema): boolean {
  const type = schema['x-type'];
  if (type !== 'STRING' && type !== 'PASSWORD' && type !== 'LIST') return false;
  return Object.keys(schema).every((keyword) => HARMLESS.has(keyword));
}
