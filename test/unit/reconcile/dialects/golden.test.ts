import { createHash } from 'node:crypto';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Column, EngineName, TableInfo } from '../../../../src/databases/model.ts';
import type { ForeignKey, ServerFacts, Session } from '../../../../src/databases/session.ts';
import { SluiceError } from '../../../../src/errors/error.ts';
import { withRule } from '../../../../src/reconcile/columns/apply-rule.ts';
import { pairForm } from '../../../../src/reconcile/columns/canonical-forms.ts';
import { keyMatch } from '../../../../src/reconcile/columns/keys.ts';
import { planColumns } from '../../../../src/reconcile/columns/plan.ts';
import type { ColumnRule } from '../../../../src/reconcile/columns/rules.ts';
import { bitsOf, digestOf, sideQueries } from '../../../../src/reconcile/compare/queries.ts';
import { rangeRows } from '../../../../src/reconcile/compare/ranges.ts';
import type { RowDifference } from '../../../../src/reconcile/compare/rows.ts';
import { openPair } from '../../../../src/reconcile/compare/table-pair.ts';
import type { Dialect, FetchMatch } from '../../../../src/reconcile/dialects/dialect.ts';
import { dialectFor } from '../../../../src/reconcile/dialects/index.ts';
import { markerStatements } from '../../../../src/reconcile/live/marker.ts';
import type { ColumnPair, Form, HashName } from '../../../../src/reconcile/model.ts';
import { signalChunks, unsignalable } from '../../../../src/reconcile/repair/signal-plan.ts';
import { guards, repairStatement, updateStatement } from '../../../../src/reconcile/repair/statements.ts';
import { writeFailure } from '../../../../src/reconcile/repair/write-failure.ts';
import { columnOf, columnsOf, ENGINE_NAMES, plainTypes } from '../../../helpers/declared-columns.ts';
import { dialectsOf } from '../../../helpers/dialects.ts';

/*
 * Every statement that a dialect writes, for columns of every kind, against test/fixtures/golden. A change of these texts is
 * a change of what runs on people's databases: read the diff, and try it on a server.
 *
 * With SLUICE_GOLDEN_FOLDER, all combinations (5 MB) are compared with the files of that folder, or written to it: before
 * and after a change that should not change any text.
 */
const FULL = process.env.SLUICE_GOLDEN_FOLDER;

const UTF8 = { encoding: 'UTF8', digests: ['md5', 'sha256'], snapshot: true } as const;
type Part = 'values' | 'keys' | 'reading' | 'repair' | 'log' | 'limits';
const PARTS: readonly Part[] = ['values', 'keys', 'reading', 'repair', 'log', 'limits'];

/** Servers, and what they write in ways of their own. */
const SERVERS: readonly [string, EngineName, Partial<ServerFacts>, readonly Part[]][] = [
  ['postgresql', 'postgresql', { ...UTF8, product: 'PostgreSQL', major: 18 }, PARTS],
  [
    'postgresql-13',
    'postgresql',
    { ...UTF8, product: 'PostgreSQL', major: 13, encoding: 'LATIN1' },
    ['reading', 'limits'],
  ],
  ['mariadb', 'mysql', { ...UTF8, product: 'MariaDB', major: 11, longestText: 16_000_000 }, PARTS],
  ['mysql', 'mysql', { ...UTF8, product: 'MySQL', major: 9, longestText: 16_000_000 }, ['log']],
  ['sqlserver', 'sqlserver', { ...UTF8, product: 'SQL Server', major: 16 }, PARTS],
];

function sessionOf(engine: EngineName, server: Partial<ServerFacts>): Session {
  return { engine, server: { database: 'shop', ...server } } as unknown as Session;
}

/** Every form in which a column of this engine may be compared, as source or as target. */
function formsOf(column: Column, engine: EngineName): Form[] {
  const forms = ENGINE_NAMES.flatMap((other) =>
    columnsOf(other).flatMap((partner) => [
      pairForm(column, partner, dialectsOf(engine, other)),
      pairForm(partner, column, dialectsOf(other, engine)),
    ]),
  );
  const found = forms.flatMap((one) => ('form' in one ? [one.form] : []));
  return [...new Map(found.map((form) => [JSON.stringify(form), form])).values()];
}

function isOwnForm(column: Column, form: Form, engine: EngineName): boolean {
  const own = pairForm(column, column, dialectsOf(engine, engine));
  return 'form' in own && JSON.stringify(own.form) === JSON.stringify(form);
}

/** The same under rules of a user's. */
function ruledForms(column: Column, form: Form): Form[] {
  const pair: ColumnPair = { source: column, target: column, form };
  const rules: ColumnRule[] = [
    { trim: true },
    { trim: true, ignoreCase: true },
    { ignoreCase: true },
    { precision: 2 },
    { scale: 1 },
  ];
  return rules.flatMap((rule) => {
    try {
      return [withRule(pair, rule).form];
    } catch {
      return [];
    }
  });
}

/** Canonical texts that hold something of every form. */
const SAMPLES: Record<Form['kind'], readonly string[]> = {
  integer: ['0', '-7', '3000000000', '99999999999999999999', 'x'],
  decimal: ['0', '12.50', '-1', '12345678901234567890123456789012345678901.5', 'NaN'],
  float: ['3ff8000000000000', '1.5', '-1e300', 'NaN', 'Infinity'],
  text: ['', 'a', "it's", 'C:\\x', 'Ωμέγα 😀', 'a\0b', 'a\r\nb', '\u202eabc', ' a ', '$(x)'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'no uuid'],
  json: ['{"a": 1}', 'null'],
  bytes: ['', '00ff', 'xyz'],
  date: ['2024-02-29', '0000-00-00', 'infinity', '0044-03-15 BC'],
  time: ['12:34:56.5', '24:00:00', '-838:59:59'],
  timestamp: ['2024-02-29 23:59:59.999', '1999-12-31 23:59:59.9999995', 'infinity', '0044-03-15 00:00:00 BC'],
  interval: ['P1DT2H', '1 day'],
  native: ['1', 'a', "b'c", '127.0.0.1'],
};

/** Characters of a line that are shown. */
const MAX_LINE = FULL === undefined ? 1000 : 100_000;

/** Lines of a golden file; a statement that appeared before is not repeated. */
class Golden {
  readonly lines: string[] = [];
  readonly #seen = new Set<string>();

  head(text: string): void {
    this.lines.push('', `-- ${text}`);
  }

  add(...texts: readonly (string | { sql: string; parameters: readonly unknown[] } | undefined)[]): void {
    for (const text of texts) {
      const line =
        text === undefined
          ? '(none)'
          : typeof text === 'string'
            ? text
            : `${text.sql}${text.parameters.length === 0 ? '' : ` <- ${JSON.stringify(text.parameters)}`}`;
      // Git and editors must not take the file for a binary one.
      const shown = line.replaceAll(
        /[^\t\n\x20-\uffff]/g,
        (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
      );
      if (this.#seen.has(shown)) continue;
      this.#seen.add(shown);
      const digest = shown.length > MAX_LINE ? createHash('sha256').update(shown).digest('hex') : undefined;
      this.lines.push(digest === undefined ? shown : `${shown.slice(0, MAX_LINE)}… (${shown.length}, ${digest})`);
    }
  }

  get text(): string {
    return `${this.lines.join('\n').trim()}\n`;
  }
}

function tableOf(engine: EngineName, columns: Column[], more: Partial<TableInfo> = {}): TableInfo {
  return {
    schema: 'odd"`] schema',
    name: 'T',
    kind: 'table',
    transactional: true,
    columns,
    primaryKey: ['id'],
    uniqueKeys: [['id']],
    estimatedRows: 1_000_000,
    splitting: engine === 'postgresql' ? { by: 'blocks', blocks: 100, file: 'f' } : { by: 'key', column: 'id' },
    ...more,
  };
}

/** Tables with every kind of key. */
function tables(engine: EngineName): [string, TableInfo][] {
  const { id, text, moment, number } = plainTypes(engine);
  const of = (name: string, type: string, more: Partial<Column> = {}) => columnOf(engine, name, type, more);
  const ids = [of('id', id, { nullable: false }), of('id2', id, { nullable: false })];
  const values = [of('v', text), of('n', number), of('at', moment), of('more "text"', text)];
  const positions = engine === 'mysql' ? [of('one of', "enum('a','1')"), of('born', 'year(4)')] : [];
  const key = (names: string[]) => ({ primaryKey: names, uniqueKeys: [names] });
  return [
    ['one integer as its key', tableOf(engine, [...ids, ...values], key(['id']))],
    ['two integers as its key', tableOf(engine, [...ids, ...values], key(['id', 'id2']))],
    ['a text as its key', tableOf(engine, [of('id', text, { nullable: false }), ...values], key(['id']))],
    [
      'a text and an integer as its key',
      tableOf(engine, [...ids, ...values.map((one) => ({ ...one, nullable: false }))], key(['v', 'id'])),
    ],
    ['a moment as its key', tableOf(engine, [of('id', moment, { nullable: false }), ...values], key(['id']))],
    ['no key', tableOf(engine, values, { primaryKey: [], uniqueKeys: [] })],
    ['values that may be taken for others', tableOf(engine, [...ids, ...values, ...positions], key(['id']))],
    ['a view', tableOf(engine, [...ids, ...values], { kind: 'view', ...key(['id']) })],
    [
      'a wide table',
      tableOf(engine, [...ids, ...Array.from({ length: 120 }, (_, at) => of(`c${at}`, at % 2 ? text : number))]),
    ],
  ];
}

/** A text that the key's columns may have, in a row with the others. */
const KEY_TEXTS = (column: ColumnPair, at: number) =>
  SAMPLES[column.form.kind][at % SAMPLES[column.form.kind].length] ?? '';

/** Codes by which servers refuse to write a row. */
const CODES = [
  ...['23505', '23P01', '23503', '23001', '40001', '40P01', '55P03', '22001', '57014'],
  ...['ER_DUP_ENTRY', 'ER_DUP_ENTRY_WITH_KEY_NAME', 'ER_NO_REFERENCED_ROW', 'ER_NO_REFERENCED_ROW_2'],
  ...['ER_ROW_IS_REFERENCED', 'ER_ROW_IS_REFERENCED_2', 'ER_FOREIGN_DUPLICATE_KEY_OLD', 'ER_LOCK_DEADLOCK'],
  ...[
    'ER_LOCK_WAIT_TIMEOUT',
    'ER_CHECKREAD',
    'ER_DATA_TOO_LONG',
    '2601',
    '2627',
    '547',
    '1205',
    '1222',
    '3960',
    '8152',
  ],
];

const REFERENCES: ForeignKey[] = [
  {
    child: { schema: 's', name: 'child' },
    childColumns: ['parent_id'],
    parent: { schema: 'odd"`] schema', name: 'T' },
    parentColumns: ['id'],
    operators: ['OPERATOR(pg_catalog.=)'],
    onDelete: 'act',
    onUpdate: 'act',
  },
];

describe.each(SERVERS)('the SQL of %s', (file, engine, facts, parts) => {
  const session = sessionOf(engine, facts);
  const dialect = dialectFor(session);
  const golden = (part: string) => path.join(FULL ?? '../../../fixtures/golden', `${file}.${part}.sql`);
  const test = (part: Part) => (name: string, run: () => Promise<void>) => {
    if (FULL !== undefined || parts.includes(part)) it(name, run);
  };
  const cases = columnsOf(engine).flatMap((column) => {
    const forms = formsOf(column, engine);
    const all = [...forms, ...forms.slice(0, 2).flatMap((form) => ruledForms(column, form))];
    return [...new Map(all.map((form) => [JSON.stringify(form), form])).values()].map((form) => ({ column, form }));
  });

  test('values')('values', async () => {
    const out = new Golden();
    for (const { column, form } of cases) {
      out.head(`${column.name} as ${JSON.stringify(form)}`);
      out.add(`canonical: ${dialect.canonical(column, form)}`, `value: ${dialect.value(column, form)}`);
      out.add(...[null, ...SAMPLES[form.kind]].map((text) => `literal: ${dialect.literal(column, form, text)}`));
    }
    await expect(out.text).toMatchFileSnapshot(golden('values'));
  });

  test('keys')('keys', async () => {
    const out = new Golden();
    for (const { column, form } of cases) {
      if (FULL === undefined && !isOwnForm(column, form, engine)) continue;
      out.head(`${column.name} as ${JSON.stringify(form)}`);
      const table = { schema: 's', name: 't' };
      const request = { table, keyName: 'sluice_k', select: ['x'] };
      const byMatch = new Map<FetchMatch, string[]>();
      for (const text of SAMPLES[form.kind]) {
        const match = keyMatch(column, form, text, dialect);
        out.add(`${match}: ${dialect.exactly(column, form, text)}`);
        if (match !== 'none') byMatch.set(match, [...(byMatch.get(match) ?? []), text]);
      }
      out.add(`NULL: ${dialect.exactly(column, form, null)}`);
      for (const [match, texts] of byMatch)
        out.add(dialect.fetch({ ...request, key: [{ column, form, match }], keys: texts.map((text) => [text]) }));
      out.add(dialect.fetch({ ...request, key: [{ column, form, match: 'null' }], keys: [[null]], lock: true }));
    }
    await expect(out.text).toMatchFileSnapshot(golden('keys'));
  });

  test('reading')('reading', async () => {
    const out = new Golden();
    const hashes: HashName[] = [
      'md5',
      'sha256',
      'md5-128',
      'sha256-128',
      ...(dialect.ownHash === undefined ? [] : (['fast'] as const)),
    ];
    for (const [name, table] of tables(engine)) {
      const plan = planColumns(table, table, {}, dialectsOf(engine, engine));
      for (const hash of hashes) {
        // Rows are read in the same way by each of them.
        const all = FULL !== undefined || (hash === 'md5' && !/wide/.test(name));
        if (!all && hash !== 'fast' && !/^(?:one integer|a text as|no key|a wide)/.test(name)) continue;
        out.head(`a table with ${name}, ${hash}: ${digestOf(hash)} of ${bitsOf(hash)} bits`);
        const where = hash === 'sha256' ? 'id > 5' : undefined;
        const shard = hash.endsWith('-128') ? { index: 2, of: 3 } : undefined;
        for (const combine of ['sum', 'xor'] as const) {
          const side = 'source';
          const input = { dialect, table, side, plan, hash, combine, where, shard } as const;
          const queries = sideQueries(input);
          const spreads = ['integers', 'hash'] as const;
          const part = table.splitting && dialect.partCondition(table.splitting, '10', '20');
          const keys = [0, 1, 2, 3].map((at) => plan.key.map((pair) => KEY_TEXTS(pair, at)));
          const spread = spreads.filter((one) => one === 'hash' || /integer/.test(name));
          if (!all) {
            out.add(queries.scan(64, 'hash', part), queries.digest?.(part, 1000), queries.check);
            continue;
          }
          out.add(
            queries.count(),
            queries.check,
            queries.keyAfter('id', '5', 100),
            queries.lastKey('id'),
            queries.sample(),
          );
          out.add(queries.keyAfter('id', undefined, 100), queries.ends(50), queries.digest?.(part, 1000));
          for (const one of spread) {
            out.add(queries.scan(64, one, part), queries.scan(1, one), queries.details(64, one, [1, 2, 3], part));
            out.add(queries.details(64, one, undefined));
          }
          if (plan.key.length > 0) {
            out.add(...queries.rows(keys), ...queries.rows(keys, { lock: true, where: 'w = 1' }));
            out.add(...queries.rows(keys, { outside: true }));
          } else out.add(queries.rowsByHash(['1', '-2'], 10));
        }
      }
      const pair = openPair({ source: { session, table }, target: { session, table }, plan, hash: 'md5' });
      out.add(
        `rows of a range of ${name}: ${rangeRows(pair)}`,
        `columns of ${name} are read by ${pair.source.queries.combine}`,
      );
    }
    out.head('parts');
    for (const splitting of [
      { by: 'key', column: 'id' },
      { by: 'blocks', blocks: 9, file: 'f' },
    ] as const)
      out.add(
        ...(['10', undefined] as const).map((from) =>
          String(dialect.partCondition(splitting, from, from && '5000000000')),
        ),
      );
    out.add(
      dialect.newer?.moment,
      dialect.newer?.since('100', '200', '7'),
      dialect.newer?.since('100', '200', undefined),
    );
    await expect(out.text).toMatchFileSnapshot(golden('reading'));
  });

  test('repair')('repair', async () => {
    const out = new Golden();
    for (const [name, plain] of tables(engine)) {
      if (/wide|no key/.test(name)) continue;
      for (const special of [
        {},
        { identity: true },
        { identity: true, always: true as const },
        { generated: true },
        { touched: true },
      ]) {
        const columns = plain.columns.map((column) =>
          column.name === 'n' || column.name === 'id2' ? { ...column, ...special } : column,
        );
        const table = { ...plain, columns };
        for (const unique of [true, false]) {
          if (FULL === undefined && !/one integer/.test(name) && (Object.keys(special).length > 0 || !unique)) continue;
          const plan = { ...planColumns(table, table, {}, dialectsOf(engine, engine)), unique };
          const target = { dialect, table, plan };
          out.head(`a table with ${name}, ${JSON.stringify(special)}${unique ? '' : ', key not unique'}`);
          const row = (at: number) => plan.pairs.map((pair) => KEY_TEXTS(pair, at));
          const rows = (FULL === undefined ? [1, 3, 5] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).map((at) => ({
            key: plan.key.map((pair) => KEY_TEXTS(pair, at)),
            source: row(at),
          }));
          for (const { key, source } of rows) {
            const every = plan.pairs.map((_, at) => at);
            const kinds: RowDifference[] = [
              { kind: 'missing', key, rows: 1, columns: every, source },
              { kind: 'extra', key, rows: 1, columns: every, target: source },
              { kind: 'different', key, rows: 1, columns: every.slice(1), source, target: row(7) },
            ];
            for (const difference of kinds) {
              for (const references of [undefined, [], REFERENCES]) {
                const of = repairStatement(target, difference, {
                  allowDelete: true,
                  ...(references && { guards: (action, one) => guards(target, action, one, references) }),
                });
                if (of.action === 'none') out.add(`not repaired: ${of.reason}`);
                else out.add(of.sql, of.joinable && `joinable: ${JSON.stringify(of.joinable)}`);
              }
            }
            const address = () => dialect.addressCondition?.("16384 '(0,1)");
            out.add(updateStatement(target, key, new Map([['v', 'NULL']]), { address }));
          }
        }
      }
    }
    out.head('refused writes');
    for (const code of CODES) {
      const failure = writeFailure(new SluiceError('DATABASE_REJECTED', '', { details: { code } }), dialect);
      if (failure !== 'row') out.add(`${code}: ${failure}`);
    }
    out.head('a script');
    out.add(...dialect.scriptHead, dialect.begin, ...(dialect.scriptInside ?? []), dialect.doNow);
    out.add(
      ...(dialect.lockTable?.({ schema: 's', name: 't' }) ?? []),
      dialect.lockRow?.({ schema: 's', name: 't' }, 'x = 1'),
    );
    out.add(dialect.commit);
    await expect(out.text).toMatchFileSnapshot(golden('repair'));
  });

  test('log')('the log, markers and signals', async () => {
    const out = new Golden();
    out.head('markers');
    out.add(...markerStatements({ kind: 'table', table: { name: 'm' } }, dialect, '<table>'));
    if (dialect.logMessage !== undefined) out.add(dialect.logMessage('sluice.marker'));
    out.head('position');
    for (const answers of [[], [['1/10', '1', '5']], [['2024-01-01T00:00:00', '1', 'x']], [['ON', '', '']]]) {
      const asked: string[] = [];
      const recording = {
        ...session,
        async query(statement: string | { sql: string; parameters: readonly unknown[] }) {
          asked.push(
            typeof statement === 'string' ? statement : `${statement.sql} <- ${JSON.stringify(statement.parameters)}`,
          );
          return answers;
        },
        snapshot: async () => void asked.push('(a new snapshot)'),
      } as unknown as Session;
      const position = await dialect.logPosition(recording).catch((error: Error) => ({ reason: error.name }));
      const found =
        'find' in position ? await position.find().catch((error: Error) => ({ text: error.name })) : undefined;
      out.lines.push(...asked, `=> ${'reason' in position ? position.reason : position.text} => ${found?.text}`);
    }
    for (const [name, table] of tables(engine)) {
      out.head(`signals of a table with ${name}`);
      const plan = planColumns(table, table, {}, dialectsOf(engine, engine));
      out.add(dialect.signalCollection(table, 'shop'), `refused: ${unsignalable(dialect, table, plan)}`);
      if (plan.key.length === 0) continue;
      const keys = [0, 1, 2, 3, 4, 5].map((at) => ({ key: plan.key.map((pair) => KEY_TEXTS(pair, at)) }));
      for (const { data } of signalChunks(keys, { dialect, key: plan.key, collection: 's.t', longest: 32_000 }))
        out.add(data);
    }
    await expect(out.text).toMatchFileSnapshot(golden('log'));
  });

  test('limits')('limits', async () => {
    const { maxKeys, maxParameters, count, xor, sum, signed, rowVersion, rowAddress, together } = dialect as Dialect;
    const out = new Golden();
    out.add(JSON.stringify({ maxKeys, maxParameters, count }), rowVersion?.({ schema: 's', name: 't' }));
    out.add(rowAddress?.({ schema: 's', name: 't' }));
    out.add(`xor ${xor?.('h')}, sum ${sum('h').join(', ')}, signed ${signed('h')}`, together?.(['a', 'b']));
    out.add(dialect.quote('a"`]b'), dialect.table({ schema: 'a.b', name: 'c"`]' }), dialect.limit('SELECT 1', 5));
    out.add(dialect.among('b', [1, 2, 3]));
    await expect(out.text).toMatchFileSnapshot(golden('limits'));
  });
});
