import { nearest } from '../errors/nearest.ts';
import type { KeySchema, PatternSchema, PluginSchema } from '../schemas/plugin-schema.ts';
import { fitsAnyLength } from '../text/foreign-pattern.ts';
import { expression } from './problem.ts';

/** What the checks ask of a schema for every connector, worked out once: thousands of files have the same few classes. */
export class CompiledSchema {
  readonly #schema: PluginSchema;
  readonly #keys: ReadonlyMap<string, KeySchema>;
  readonly #patterns: readonly (readonly [RegExp, KeySchema, PatternSchema])[];
  readonly #meant = new Map<string, string | undefined>();
  readonly #slips = new Map<string, string | undefined>();
  #liveKeys: string[] | undefined;
  #predecessors: ReadonlyMap<string | undefined, readonly string[]> | undefined;

  constructor(schema: PluginSchema) {
    this.#schema = schema;
    this.#keys = new Map(Object.entries(schema.properties));
    this.#patterns = Object.entries(schema.patternProperties).map(
      ([pattern, known]) => [expression(pattern), asKey(known), known] as const,
    );
  }

  /** What is known of a key by its name. */
  key(name: string): KeySchema | undefined {
    return this.#keys.get(name);
  }

  /** The family of keys that a key belongs to; `open` where the family does not say what its keys are. */
  family(name: string): { schema: KeySchema; open: boolean } | undefined {
    const found = this.#patterns.find(([pattern]) => fitsAnyLength(pattern, name));
    return found && { schema: found[1], open: found[2]['x-type'] === undefined };
  }

  /** Whether the plugin, or Connect for it, reads a key. */
  reads(name: string): boolean {
    const known = this.#keys.get(name);
    if (known === undefined) return this.family(name) !== undefined;
    return known['x-renamed'] === undefined || known['x-renamed'].accepted === true;
  }

  /** Keys that went away in favour of this one. */
  predecessors(name: string): readonly string[] {
    this.#predecessors ??= Map.groupBy(
      [...this.#keys].filter(([, known]) => known['x-renamed']?.to !== undefined).map(([key]) => key),
      (key) => this.#keys.get(key)?.['x-renamed']?.to,
    );
    return this.#predecessors.get(name) ?? [];
  }

  /** The key that a misspelt one probably meant. */
  meant(name: string): string | undefined {
    return remembered(this.#meant, name, () => nearest(name, this.#live()));
  }

  /** As {@link meant}, for a key of an open family: it must differ from a known one by a letter or two. */
  slip(name: string): string | undefined {
    return remembered(this.#slips, name, () => {
      const family = `${name.slice(0, name.indexOf('.'))}.`;
      const meant = nearest(
        name,
        this.#live().filter((one) => one.startsWith(family) && Math.abs(one.length - name.length) <= 2),
      );
      return meant !== undefined && meant !== name && differsLittle(name, meant) ? meant : undefined;
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

/** What is kept for the next connector is bounded: a folder may hold any number of different values. */
const MOST_REMEMBERED = 1000;

function remembered<T>(memory: Map<string, T>, key: string, work: () => T): T {
  if (memory.has(key)) return memory.get(key) as T;
  const result = work();
  if (memory.size < MOST_REMEMBERED) memory.set(key, result);
  return result;
}

function differsLittle(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 2;
}

const accepted = new WeakMap<KeySchema, Set<string>>();

/**
 * Whether a value was found right for this key before, or any value is: what is right depends on nothing else. False
 * only says that it must be looked at.
 */
export function isAccepted(value: string, schema: KeySchema): boolean {
  let values = accepted.get(schema);
  if (!values) {
    values = takesAnything(schema) ? ANYTHING : new Set();
    accepted.set(schema, values);
  }
  return values === ANYTHING || values.has(value);
}

export function rememberAccepted(value: string, schema: KeySchema): void {
  const values = accepted.get(schema);
  if (values && values.size < MOST_REMEMBERED) values.add(value);
}

const ANYTHING = new Set<string>();
/** Keywords that say nothing against any value. */
const HARMLESS = new Set([
  ...['type', 'description', 'default', 'deprecated', 'x-type', 'x-kind', 'x-importance', 'x-group', 'x-unit'],
  ...['x-renamed', 'x-lenient', 'x-secret', 'x-format-hint', 'x-exact-case'],
]);

/** By what a schema has rather than by what it lacks: a keyword that is new here must not pass unchecked. */
function takesAnything(schema: KeySchema): boolean {
  const type = schema['x-type'];
  if (type !== 'STRING' && type !== 'PASSWORD' && type !== 'LIST') return false;
  return Object.keys(schema).every((keyword) => HARMLESS.has(keyword));
}
