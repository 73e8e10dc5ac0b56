import type { PluginSchema } from '../schemas/plugin-schema.ts';
import { splitRegexList } from './java-regex.ts';
import type { Report, Scope } from './problem.ts';

/** How Debezium writes what its lists are matched with, and whether a name in it may have dots of its own. */
interface Form {
  parts: readonly string[];
  /** Names of collections have dots. */
  open?: true;
}

const TABLES_OF_SCHEMAS = { schema: ['schema'], table: ['schema', 'table'], column: ['schema', 'table', 'column'] };
const TABLES_OF_DATABASES = {
  database: ['database'],
  table: ['database', 'table'],
  column: ['database', 'table', 'column'],
};

const FORMS: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  'io.debezium.connector.postgresql.PostgresConnector': formsOf(TABLES_OF_SCHEMAS),
  'io.debezium.connector.sqlserver.SqlServerConnector': formsOf(TABLES_OF_SCHEMAS),
  'io.debezium.connector.mysql.MySqlConnector': formsOf(TABLES_OF_DATABASES),
  'io.debezium.connector.mariadb.MariaDbConnector': formsOf(TABLES_OF_DATABASES),
  'io.debezium.connector.mongodb.MongoDbConnector': {
    ...formsOf({ database: ['database'] }),
    collection: { parts: ['database', 'collection'], open: true },
  },
};

function formsOf(parts: Record<string, string[]>): Record<string, Form> {
  return Object.fromEntries(Object.entries(parts).map(([kind, names]) => [kind, { parts: names }]));
}

/** Items of include and exclude lists that fit no name that there can be. */
export function checkTableLists(scope: Scope, schema: PluginSchema, report: Report): void {
  const forms = FORMS[schema['x-plugin'].class];
  for (const [kind, form] of Object.entries(forms ?? {})) {
    for (const list of ['include', 'exclude']) {
      const key = `${kind}.${list}.list`;
      const value = scope.config[key];
      if (value === undefined || scope.unknown(key)) continue;
      const items = splitRegexList(value);
      const never = items.filter((item) => fitsNothing(item, form));
      const [first] = never;
      if (first === undefined) continue;
      const filtered = /^filtered$/i.test((scope.config['publication.autocreate.mode'] ?? '').trim());
      const failing = filtered && key === 'table.include.list' && never.length === items.length;
      report({
        rule: 'fits-nothing',
        // A filtered publication of no table fails the task.
        severity: failing ? 'error' : 'warning',
        message: `${key}: "${first}" can match no ${kind}: its name is written ${form.parts.join('.')}`,
        hint: `Write ${form.parts.join('.')}, such as ${exampleOf(first, form)}.`,
        key,
        part: 'value',
      });
    }
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

/** More than dots and the marks of choice: what such an expression fits is not told here. */
const MANIFOLD = /[[\]{}]|[.)][*+?]|\\[^.wd]/;
const NAMES = /^[\w$-]+(?:\\?\.[\w$-]+)*$/;

function fitsNothing(item: string, { parts, open }: Form): boolean {
  const plain = item.replaceAll('[.]', '\\.');
  if (MANIFOLD.test(plain)) return false;
  const dots = plain.split('.').length - 1;
  const needed = parts.length - 1;
  // A dot fits a dot, so that fewer than needed are never enough. More would be in a name, where hardly anybody has one.
  return dots < needed || (!open && dots > needed && NAMES.test(plain));
}
