import { hasWorkerReference } from '../text/braced.ts';
import { fitsAny, isFalse, isTrue, listItems, namePatterns } from '../text/lists.ts';
import { isExcludedColumn, namedTopic, namesOfColumn, type SourceTable } from './topic-names.ts';
import { type PassedTransform, passTransforms, simpleName } from './transforms.ts';

type Config = Readonly<Record<string, string>>;

/** What a pipeline does to the columns of one table. */
export interface ColumnChanges {
  /** The sink's field for a source column. Names are followed as written: the pipeline distinguishes case. */
  fieldOf(column: string): string;
  /** Whether the column is missing from every record's value. */
  drops(column: string): boolean;
  /** What changes a column's values on purpose; undefined if nothing that sluice follows does. */
  alters(column: string): Alteration | undefined;
  /** What makes values of some types lose digits as they are read. */
  shortens: readonly Alteration[];
  /** NULL may arrive as the default of the source's column. */
  replacesNulls: boolean;
  /** The sink also writes the fields of a record's key: what the value lacks may come with the key. */
  keyed: boolean;
  /** Target columns added on the way. */
  added: string[];
  /** Target columns that mark deleted rows, which are kept there. */
  marks: string[];
}

export interface Alteration {
  /** What does it, for people: `MaskField (mask)`. Without values of settings. */
  by: string;
  /** Every value changes; otherwise some may stay the same. */
  every: boolean;
  /** Only these types are altered, others pass unchanged; all if undefined. `time`: finer than ms, without a zone. */
  only?: 'text' | 'decimal' | 'time';
}

interface Step {
  dropped: ReadonlySet<string>;
  /** The only fields that remain, if not empty. */
  kept: ReadonlySet<string>;
  renamed: ReadonlyMap<string, string>;
  altered: ReadonlySet<string>;
  /** What the step is, for people. */
  by: string;
  /** Applies to every record; otherwise perhaps only to some. */
  sure: boolean;
}

/**
 * Applies to this table's own records. Columns dropped from other tables, or only from some records, are compared here.
 * Before ExtractNewRecordState a record is an envelope (`before`, `after`, `source`, `op`): dropping one of its fields
 * drops no column.
 * @param topic undefined if the settings do not determine it
 * @param debezium the sink is Debezium's, which has a list of fields
 */
export function columnChanges(
  sink: Config,
  source: Config,
  topic: string | undefined,
  from: SourceTable,
  { debezium }: { debezium: boolean },
): ColumnChanges {
  const written = passTransforms(sink, topic);
  const passed = [...passTransforms(source, namedTopic(source, from)).passed, ...written.passed];
  const steps: Step[] = [];
  const made = { added: [] as string[], marks: [] as string[] };
  let row: 'every' | 'some' | undefined;
  for (const transform of passed) {
    const { type, acts, option } = transform;
    if (acts === false) continue;
    const name = simpleName(type);
    const step = row === undefined ? undefined : stepOf(transform, acts === true && row === 'every');
    if (step !== undefined) {
      steps.push(step);
      for (const names of [made.added, made.marks])
        for (const [at, one] of names.entries()) names[at] = step.renamed.get(one) ?? one;
      if (name === 'InsertField$Value') made.added.push(...step.altered);
    }
    if (!extractsRow(name, option)) continue;
    row = acts || row === 'every' ? 'every' : 'some';
    if (!acts || name !== 'ExtractNewRecordState') continue;
    const prefix = option('add.fields.prefix') ?? '__';
    for (const field of listItems(option('add.fields'))) made.added.push(addedField(prefix, field));
    const deletes = option('delete.tombstone.handling.mode') ?? option('delete.handling.mode') ?? '';
    // This one has no other prefix.
    if (/^\s*rewrite/i.test(deletes)) made.marks.push('__deleted');
  }
  const altersReading = readAltering(source, from);
  const fieldsOf = (list: string) =>
    (debezium ? listItems(sink[list]) : []).flatMap((field) => {
      const [first = '', second] = field.split(':').map((part) => part.trim());
      if (second === undefined) return first;
      return first === written.topic ? second : [];
    });
  const unwritten = new Set(fieldsOf('field.exclude.list'));
  const included = debezium ? (sink['field.include.list'] ?? '').trim() : '';
  // A field of a topic that is unknown here may be one of this table's.
  const isKnown = !hasWorkerReference(included) && (written.topic !== undefined || !included.includes(':'));
  const only = included !== '' && isKnown ? new Set(fieldsOf('field.include.list')) : undefined;
  const writes = (name: string) => only?.has(name) ?? !unwritten.has(name);
  return {
    ...made,
    shortens: SHORTENING.flatMap(([setting, value, only]) =>
      (source[setting] ?? '').trim().toLowerCase() === value ? [{ by: `${setting}=${value}`, every: false, only }] : [],
    ),
    replacesNulls: !debezium || [source, sink].some(replacesNulls) || passed.some(fillsNulls),
    keyed: /^\s*record_(key|header)\s*$/i.test(sink['primary.key.mode'] ?? sink['pk.mode'] ?? ''),
    fieldOf: (column) => passedField(steps, column).name,
    drops(column) {
      const { name, dropped } = passedField(steps, column);
      return dropped || !writes(name) || isExcludedColumn(source, from, column);
    },
    alters: (column) => altersReading(column) ?? passedField(steps, column).altered,
  };
}

const NOTHING: Omit<Step, 'sure' | 'by'> = {
  dropped: new Set(),
  kept: new Set(),
  renamed: new Map(),
  altered: new Set(),
};

/** What a transform of rows does to their fields; undefined if nothing that is followed. */
function stepOf({ alias, type, option }: PassedTransform, sure: boolean): Step | undefined {
  const name = simpleName(type);
  const step = { ...NOTHING, sure, by: `${name.replace(/\$Value$/, '')} (${alias})` };
  switch (name) {
    case 'ReplaceField':
    case 'ReplaceField$Value':
      return { ...step, ...replacing(option) };
    case 'MaskField$Value':
      return { ...step, altered: new Set(listItems(option('fields'))) };
    case 'HeaderFrom$Value':
      return /^\s*move\s*$/i.test(option('operation') ?? '')
        ? { ...step, dropped: new Set(listItems(option('fields'))) }
        : undefined;
    case 'InsertField$Value':
      return { ...step, altered: new Set(insertedFields(option)) };
    default:
      return undefined;
  }
}

/** `blacklist` and `whitelist` are not followed: workers from Kafka 4 on do not know them, and keep all fields. */
function replacing(option: PassedTransform['option']): Pick<Step, 'dropped' | 'kept' | 'renamed'> {
  const renamed = new Map<string, string>();
  for (const pair of listItems(option('renames'))) {
    const [before = '', after = ''] = pair.split(':');
    renamed.set(before, after);
  }
  return { dropped: new Set(listItems(option('exclude'))), kept: new Set(listItems(option('include'))), renamed };
}

/** A `?` or `!` behind a name says whether the field is optional. */
function insertedFields(option: PassedTransform['option']): string[] {
  return ['topic', 'partition', 'offset', 'timestamp', 'static'].flatMap((what) => {
    const field = (option(`${what}.field`) ?? '').trim().replace(/[?!]$/, '');
    return field === '' ? [] : [field];
  });
}

function extractsRow(name: string, option: PassedTransform['option']): boolean {
  return name === 'ExtractNewRecordState' || (name === 'ExtractField$Value' && option('field') === 'after');
}

interface PassedField {
  name: string;
  dropped: boolean;
  altered: Alteration | undefined;
}

/** One that may have been renamed before may have another name by then, and is not dropped for sure. */
function passedField(steps: readonly Step[], column: string): PassedField {
  let name = column;
  let sure = true;
  let dropped = false;
  let altered: Alteration | undefined;
  // All names that the field may have by then.
  const names = new Set([column]);
  for (const step of steps) {
    const left = step.dropped.has(name) || (step.kept.size > 0 && !step.kept.has(name));
    dropped ||= left && step.sure && sure;
    if ([...names].some((one) => step.altered.has(one)))
      altered = {
        by: step.by,
        every: (step.altered.has(name) && step.sure && sure) || altered?.every === true,
      };
    for (const one of [...names]) {
      const other = step.renamed.get(one);
      if (other === undefined) continue;
      if (step.sure) names.delete(one);
      names.add(other);
    }
    const renamed = step.renamed.get(name);
    if (renamed === undefined) continue;
    name = renamed;
    sure &&= step.sure;
  }
  return { name, dropped, altered };
}

/**
 * Settings of a Debezium source by which it masks or cuts texts as it reads them. Their names may have a salt in them,
 * which is a secret.
 */
const READ_ALTERED: readonly [setting: RegExp, by: string, every: boolean][] = [
  [/^column\.mask\.hash\./, 'column.mask.hash', true],
  [/^column\.mask\.with\./, 'column.mask.with', true],
  [/^column\.truncate\.to\./, 'column.truncate.to', false],
];

/** Settings of a Debezium source that round numbers, or cut off what is finer than a millisecond. */
const SHORTENING = [
  ['decimal.handling.mode', 'double', 'decimal'],
  ['time.precision.mode', 'connect', 'time'],
] as const;

/** What alters a column as it is read: asked for many columns, so the lists are read once. */
function readAltering(source: Config, from: SourceTable): (column: string) => Alteration | undefined {
  const lists = READ_ALTERED.flatMap(([setting, by, every]) => {
    const patterns = Object.entries(source).flatMap(([key, list]) => (setting.test(key) ? namePatterns(list) : []));
    return patterns.length === 0 ? [] : [{ patterns, alteration: { by, every, only: 'text' } as const }];
  });
  return (column) => {
    const names = namesOfColumn(from, column);
    const found = lists.map(({ patterns, alteration }) => ({ fits: fitsAny(patterns, names), alteration }));
    const sure = found.find(({ fits }) => fits)?.alteration;
    const possible = found.find(({ fits }) => fits === undefined)?.alteration;
    return sure ?? (possible && { ...possible, every: false });
  };
}

/**
 * Connect's converters replace NULL by a column's default when they write records and when they read them, unless
 * they are configured not to. A converter that the worker sets, or of another class, may do so, too.
 */
function replacesNulls(config: Config): boolean {
  const converter = simpleName(config['value.converter'] ?? '');
  const option = (name: string) => config[`value.converter.${name}`];
  if (converter === 'JsonConverter') return !isFalse(option('replace.null.with.default'));
  return converter !== 'AvroConverter' || !isTrue(option('ignore.default.for.nullables'));
}

/** Transforms that leave the fields of a row unchanged, routers included. */
const COPIES_NOTHING = /^(Drop|Insert)Headers?$|Router$|Filter$|^PartitionRouting$|\$Key$/;

/** So does a transform that makes a new row out of the fields that it reads. */
function fillsNulls({ type, acts, option }: PassedTransform): boolean {
  const name = simpleName(type);
  if (acts === false || COPIES_NOTHING.test(name)) return false;
  // Without fields to add it takes the row as it is.
  if (name === 'ExtractNewRecordState' && listItems(option('add.fields')).length === 0) return false;
  return !isFalse(option('replace.null.with.default'));
}

/** `op` → `__op`, `source.ts_ms` → `__source_ts_ms`, `op:kind` → `kind` behind the prefix. */
function addedField(prefix: string, field: string): string {
  const [path = '', name] = field.split(':');
  return `${prefix}${(name ?? path).replaceAll('.', '_')}`;
}
