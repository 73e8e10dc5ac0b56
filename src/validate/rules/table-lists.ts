import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import { splitRegexList } from '../../text/lists.ts';
import { connectorClass, type NameForm } from '../../topology/connector-class.ts';
import type { Report, Scope } from './scope.ts';

/** One include or exclude list. */
interface TableList extends NameForm {
  key: string;
  kind: string;
}

function listsOf(className: string): TableList[] {
  return Object.entries(connectorClass(className).lists ?? {}).flatMap(([kind, form]) =>
    ['include', 'exclude'].map((list) => ({ ...form, kind, key: `${kind}.${list}.list` })),
  );
}

/** Reports items of include and exclude lists that cannot match any name. */
export function checkTableLists(scope: Scope, schema: PluginSchema, report: Report): void {
  for (const list of listsOf(schema['x-plugin'].class)) {
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

function exampleOf(item: string, { parts }: NameForm): string {
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

function fitsNothing(item: string, { parts, open }: NameForm): boolean {
  const plain = item.replaceAll('[.]', '\\.');
  if (MANIFOLD.test(plain)) return false;
  const dots = plain.split('.').length - 1;
  const needed = parts.length - 1;
  // Too few dots can never match. Extra dots would be part of a name, which is very rare.
  return dots < needed || (!open && dots > needed && NAMES.test(plain));
}
