import { listItems } from '../connect/lists.ts';
import { isExcludedColumn, namedTopic, type SourceTable } from './topic-names.ts';
import { type PassedTransform, passTransforms } from './transforms.ts';

type Config = Readonly<Record<string, string>>;

/** What a pipeline makes of the columns of one table on its way. */
export interface ColumnChanges {
  /**
   * The field that a column of the source has in the sink. Names are followed as they are written: the pipeline does not take
   * one for another that differs in case.
   */
  fieldOf(column: string): string;
  /** Whether every record's value comes without it. */
  drops(column: string): boolean;
  /** The sink writes the fields of a record's key, too: what a value comes without may come with the key. */
  keyed: boolean;
  /** Columns of the target that are made on the way. */
  added: string[];
  /** Columns of the target in which rows are marked as deleted that are left there. */
  marks: string[];
}

interface Replacing {
  dropped: ReadonlySet<string>;
  renamed: ReadonlyMap<string, string>;
  /** Of every record; else of some, perhaps. */
  sure: boolean;
}

/**
 * Of this table's own records: what is left out of another's is compared here. So is what a transform leaves out of some records
 * only. And before ExtractNewRecordState a record is an envelope (`before`, `after`, `source`, `op`): to leave a field out of that
 * leaves no column out.
 * @param topic undefined where the settings do not tell it
 * @param debezium the sink is Debezium's own, which has a list of fields
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
  const steps: Replacing[] = [];
  const made = { added: [] as string[], marks: [] as string[] };
  let row: 'every' | 'some' | undefined;
  for (const { type, acts, option } of passed) {
    if (acts === false) continue;
    if (/ReplaceField(\$Value)?$/.test(type) && row !== undefined) {
      const step = replacing(option, acts === true && row === 'every');
      steps.push(step);
      for (const names of [made.added, made.marks])
        for (const [at, name] of names.entries()) names[at] = step.renamed.get(name) ?? name;
    }
    if (!extractsRow(type, option)) continue;
    row = acts || row === 'every' ? 'every' : 'some';
    if (!acts || !/ExtractNewRecordState$/.test(type)) continue;
    const prefix = option('add.fields.prefix') ?? '__';
    for (const field of listItems(option('add.fields'))) made.added.push(addedField(prefix, field));
    const deletes = option('delete.tombstone.handling.mode') ?? option('delete.handling.mode') ?? '';
    if (/^rewrite/.test(deletes)) made.marks.push(`${prefix}deleted`);
  }
  const unwritten = new Set(
    (debezium ? listItems(sink['field.exclude.list']) : []).flatMap((field) => {
      const [first = '', second] = field.split(':');
      if (second === undefined) return first;
      return first === written.topic ? second : [];
    }),
  );
  return {
    ...made,
    keyed: /^\s*record_(key|header)\s*$/i.test(sink['primary.key.mode'] ?? sink['pk.mode'] ?? ''),
    fieldOf: (column) => passedField(steps, column).name,
    drops(column) {
      const { name, dropped } = passedField(steps, column);
      return dropped || unwritten.has(name) || isExcludedColumn(source, from, column);
    },
  };
}

/** `blacklist` is not followed: workers from Kafka 4 on do not know it, and bring what it names. */
function replacing(option: PassedTransform['option'], sure: boolean): Replacing {
  const renamed = new Map<string, string>();
  for (const pair of listItems(option('renames'))) {
    const [before = '', after = ''] = pair.split(':');
    renamed.set(before, after);
  }
  return { dropped: new Set(listItems(option('exclude'))), renamed, sure };
}

function extractsRow(type: string, option: PassedTransform['option']): boolean {
  return /ExtractNewRecordState$/.test(type) || (/ExtractField\$Value$/.test(type) && option('field') === 'after');
}

/** One that may have been renamed before may have another name by then, and is not dropped for sure. */
function passedField(steps: readonly Replacing[], column: string): { name: string; dropped: boolean } {
  let name = column;
  let sure = true;
  let dropped = false;
  for (const step of steps) {
    dropped ||= step.dropped.has(name) && step.sure && sure;
    const renamed = step.renamed.get(name);
    if (renamed === undefined) continue;
    name = renamed;
    sure &&= step.sure;
  }
  return { name, dropped };
}

/** `op` → `__op`, `source.ts_ms` → `__source_ts_ms`, `op:kind` → `kind` behind the prefix. */
function addedField(prefix: string, field: string): string {
  const [path = '', name] = field.split(':');
  return `${prefix}${(name ?? path).replaceAll('.', '_')}`;
}
