import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import { splitRegexList } from '../../text/lists.ts';
import type { Report, Scope } from './problem.ts';

/** The names that Debezium matches its lists against, and whether a name may contain dots. */
interface Form {
  parts: readonly string[];
  /** Collection names may contain dots. */
  open?: true;
}

const TABLES_OF_SCHEMAS: Record<string, Form> = {
  schema: { parts: ['schema'] },
  table: { parts: ['schema', 'table'] },
  column: { parts: ['schema', 'table', 'column'] },
};
const TABLES_OF_DATABASES: Record<string, Form> = {
  database: { parts: ['database'] },
  table: { parts: ['database', 'table'] },
  column: { parts: ['database', 'table', 'column'] },
};

/** One include or exclude list. */
interface TableList extends Form {
  key: string;
  kind: string;
}

/** By connector class. */
const LISTS: Readonly<Record<string, readonly TableList[]>> = {
  'io.debezium.connector.postgresql.PostgresConnector': listsOf(TABLES_OF_SCHEMAS),
  'io.debezium.connector.sqlserver.SqlServerConnector': listsOf(TABLES_OF_SCHEMAS),
  'io.debezium.connector.mysql.MySqlConnector': listsOf(TABLES_OF_DATABASES),
  'io.debezium.connector.mariadb.MariaDbConnector': listsOf(TABLES_OF_DATABASES),
  'io.debezium.connector.mongodb.MongoDbConnector': listsOf({
    database: { parts: ['database'] },
    collection: { parts: ['database', 'collection'], open: true },
  }),
};

function listsOf(forms: Record<string, Form>): TableList[] {
  return Object.entries(forms).flatMap(([kind, form]) =>
    ['include', 'exclude'].map((list) => ({ ...form, kind, key: `${kind}.${list}.list` })),
  );
}

/** Reports items of include and exclude lists that cannot match any name. */
export function checkTableLists(scope: Scope, schema: PluginSchema, report: Report): void {
  for (const list of LISTS[schema['x-plugin'].class] ?? []) {
    const { key, kind, parts } = list;
    const value = scope.config[key];
    if (value === undefined || scope.unknown(key)) continue;
    const items = splitRegexList(value);
    const never = items.filter((item) => fitsNothing(item, list));
    const [first] = never;
    if (first === undefined) continue;
    const filtered = /^filtered$/i.test((scope.config['publication.autocreate.mode'] ?? '').trim());
    const failing = filtered && key === 'table.include.list' && never.length === items.length;
    report({
      rule: 'fits-nothing',
      // A filtered publication without tables fails the task.
      severity: failing ? 'error' : 'warning',
      message: `${key}: "${first}" cannot match any ${kind}: names are written ${parts.join('.')}`,
      hint: `Write ${parts.join('.')}, such as ${exampleOf(first, list)}.`,
      key,
      part: 'value',
    });
  }
}

function exampleOf(item: string, { parts }: Form): string {
  const names = item.split(/\\?[.]/);
  if (!/^[\w$-]+$/.test(names.join(''))) return parts.map((part) => `${part[0]}1`).join('.');
  const own = names.slice(-parts.length);
  return [
    ...parts.slice(0, parts.length - own.length).map((part) => (part === 'schema' ? 'public' : 'shop')),
    ...own,
  ].join('.');
}

/** Too complex to tell what the expression matches. */
const MANIFOLD = /[[\]{}]|[.)][*+?]|\\[^.wd]/;
const NAMES = /^[\w$-]+(?:\\?\.[\w$-]+)*$/;

function fitsNothing(item: string, { parts, open }: Form): boolean {
  const plain = item.replaceAll('[.]', '\\.');
  if (MANIFOLD.test(plain)) return false;
  const dots = plain.split('.').length - 1;
  const needed = parts.length - 1;
  // Too few dots can never match. Extra dots would be part of a name, which is very rare.
  return dots < needed || (!open && dots > needed && NAMES.test(plain));
}
