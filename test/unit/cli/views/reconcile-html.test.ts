import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { reconcileHtml } from '../../../../src/cli/views/reconcile-html.ts';
import { LIMITS } from '../../../../src/cli/views/reconcile-html-rows.ts';
import {
  type ListedDifference,
  maskValues,
  noCounts,
  type ReconcileReport,
  type RepairReport,
} from '../../../../src/reconcile/report.ts';
import { visibleTree } from '../../../../src/text/visible.ts';
import { report, table } from '../../../helpers/reconcile-report.ts';

const html = (of: ReconcileReport) => reconcileHtml(visibleTree(of), of);

const damaged = table({
  verdict: 'different',
  different: 1,
  differences: [
    {
      kind: 'different',
      key: { id: '<7>' },
      rows: 1,
      columns: [
        { column: 'note', source: null, target: '<script>alert(1)</script>' },
        { column: 'qty', source: '13.50', target: '13.70' },
      ],
    },
  ],
  unlisted: 5,
});

const script = (lines: string[], more: Partial<RepairReport> = {}): RepairReport => ({
  mode: 'sql',
  ...noCounts(),
  updated: 1,
  tables: [],
  left: [],
  script: lines,
  ...more,
});

describe('the page', () => {
  it('loads nothing, and its policy allows exactly the style and the script that it has', () => {
    const page = html(report([damaged]));
    const hashOf = (content: string | undefined) =>
      `'sha256-${createHash('sha256')
        .update(content ?? '')
        .digest('base64')}'`;
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hashOf(/<style>([\s\S]*?)<\/style>/.exec(page)?.[1])}`,
      `script-src ${hashOf(/<script>([\s\S]*?)<\/script>/.exec(page)?.[1])}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:,)/);
    expect(page).not.toMatch(/<[^>]*\s(?:style|on\w+)=/);
    expect(page.match(/<script|<style/g)).toEqual(['<style', '<script']);
  });

  it('folds many notes, and cuts a long one', () => {
    const notes = Array.from({ length: 1500 }, (_, at) => `note ${at} ${'x'.repeat(9000)}`);
    const page = html(report([table({ notes })]));
    expect(page).toContain('<summary>1,475 more</summary>');
    expect(page.match(/<li>note /g)).toHaveLength(1500);
    expect(page.length).toBeLessThan(1500 * 2100);
  });

  it('has no script if there is nothing to copy', () => {
    const page = html(report([table()]));
    expect(page).toContain("script-src 'none'");
    expect(page).not.toContain('<script');
  });

  it('shows values as text, marks what differs, and says what it does not list', () => {
    const page = html(report([damaged]));
    expect(page).toContain('<mark><code>&lt;script&gt;alert(1)&lt;/script&gt;</code></mark>');
    expect(page).toContain('<mark><span class="null">NULL</span></mark>');
    expect(page).toContain('<code>13.<mark>5</mark>0</code>');
    expect(page).toContain('<code>13.<mark>7</mark>0</code>');
    expect(page).toContain('rowspan="2"');
    expect(page).toContain('<code>&lt;7&gt;</code>');
    expect(page).toContain('1 of 6 differing rows, sorted by key. 5 are counted but not listed: raise --limit');
    expect(page).not.toContain('from character');
  });

  it('shows long values where they differ', () => {
    const head = 'x'.repeat(5000);
    const columns = [{ column: 'body', source: `${head}a`, target: `${head}bc` }];
    const page = html(
      report([
        table({
          verdict: 'different',
          different: 1,
          differences: [{ kind: 'different', key: {}, rows: 1, columns }],
        }),
      ]),
    );
    expect(page).toContain(`<code>…${'x'.repeat(12)}<mark>a</mark></code> <small class="value">from character 4,989`);
    expect(page).toContain(`<code>…${'x'.repeat(12)}<mark>bc</mark></code>`);
    expect(page).toContain('of 5,001</small>');
    expect(page.length).toBeLessThan(30_000);
  });

  it('lets no value, name or note out of its place', () => {
    const evil = `</style><script>x</script>"'><img src=x onerror=alert(1)>\u0000\u202e\u2066\u200b\ud800`;
    const page = html(
      report(
        [
          table({
            source: evil,
            target: evil,
            verdict: 'different',
            different: 1,
            missing: 1,
            key: [evil],
            columns: [{ source: evil, target: evil, as: evil, note: evil }],
            narrowed: { where: evil, leftOut: [evil] },
            notes: [evil],
            contradictions: [evil],
            schema: [],
            differences: [
              {
                kind: 'different',
                key: { [evil]: evil },
                rows: 2,
                columns: [{ column: evil, source: evil, target: '' }],
              },
              { kind: 'missing', key: { [evil]: evil }, rows: 1, columns: [{ column: `${evil}2`, source: evil }] },
            ],
            keySpread: {
              column: evil,
              bands: [{ from: '1', to: '1', missing: 1, extra: 0, different: 1 }],
              unplaced: 0,
            },
          }),
        ],
        {
          pair: evil,
          source: { name: evil, engine: 'postgresql', product: evil, version: evil, snapshot: false },
          skipped: [{ table: evil, kind: 'view', reason: evil }],
          repair: script([evil], { left: [{ table: evil, rows: 1, reason: evil, keys: [{ [evil]: evil }] }] }),
        },
      ),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069\u200b\ud800]/u);
    expect(page).not.toContain('<img');
    expect(page.match(/<\/?(?:script|style)>/g)).toEqual(['<style>', '</style>']);
  });

  it('stays small for 100,000 listed rows and 1,500 columns, and says what it leaves out', () => {
    const wide = Array.from({ length: 1500 }, (_, at) => ({ column: `c${at}`, source: 'x'.repeat(1000), target: 'y' }));
    const differences: ListedDifference[] = Array.from({ length: 100_000 }, (_, at) => ({
      kind: at % 2 === 0 ? 'different' : 'missing',
      key: { id: String(at) },
      rows: 1,
      columns: at < 2 ? wide : wide.slice(0, 3),
    }));
    const many = table({ verdict: 'different', different: 50_000, missing: 60_000, differences, unlisted: 10_000 });
    const whole = report(Array.from({ length: 6 }, () => many));
    const page = reconcileHtml(whole);
    expect(page).toContain(
      `${LIMITS.rowsOfTable} of 110,000 differing rows, sorted by key. The report lists 100,000: too many for a page; --json has them.`,
    );
    expect(page).toContain('and 1,460 more columns differ');
    expect(page).toContain('and 1,488 more</span>');
    expect(page).toContain('<p class="quiet">0 of 110,000 differing rows');
    expect(page.match(/<tbody role="rowgroup"><tr role="row"><th scope="rowgroup"/g)).toHaveLength(LIMITS.rows);
    expect(page.length).toBeLessThan(5_000_000);
  });
});

it('stays small for long values, too', () => {
  const columns = Array.from({ length: 60 }, (_, at) => ({
    column: `c${at}`,
    source: '&'.repeat(5000),
    target: `${'&'.repeat(399)}<`,
  }));
  const differences = Array.from(
    { length: 400 },
    (_, at): ListedDifference => ({
      kind: 'different',
      key: { id: String(at) },
      rows: 1,
      columns,
    }),
  );
  const page = html(report([table({ verdict: 'different', different: 400, differences })]));
  expect(page.length).toBeLessThan(LIMITS.size + 30_000);
  const shown = page.match(/<th scope="rowgroup"/g)?.length;
  expect(shown).toBeLessThan(400);
  expect(page).toContain(`${shown} of 400 differing rows, sorted by key. The report lists 400: too many for a page`);
});

describe('the bar of a table', () => {
  it('has the parts of all rows, and none that cannot be seen', () => {
    const rows = { source: 80_000, target: 79_999 };
    const page = html(report([table({ ...damaged, rows, missing: 2, extra: 1, different: 3 })]));
    expect(page).toContain('aria-label="equal 79,995, different 3, missing 2, extra 1"');
    expect(page).toContain('equal 79,995 <small>&gt; 99.99 %</small>'.replace('&gt;', '>'));
    expect(page).toContain('Parts too narrow to see are drawn wider.');
    const widths = [...page.matchAll(/class="f-(?:equal|different|missing|extra)" x="[\d.]+" width="([\d.]+)"/g)].slice(
      0,
      4,
    );
    expect(widths.reduce((sum, [, width]) => sum + Number(width), 0)).toBeCloseTo(1000);
    expect(Math.min(...widths.map(([, width]) => Number(width)))).toBeGreaterThan(5);
  });

  it('is left out where rows were not counted, or contradict each other', () => {
    expect(html(report([table({ missing: null, extra: null, different: null })]))).not.toContain('class="bar"');
    expect(html(report([table({ verdict: 'undetermined', contradictions: ['no'] })]))).not.toContain('class="bar"');
  });

  it('has buckets in mode checksums', () => {
    const checksum = { ...damaged.checksum, buckets: 811, differentBuckets: 3 } as NonNullable<typeof damaged.checksum>;
    const uncounted = { missing: null, extra: null, different: null, differences: [], unlisted: 0 };
    const page = html(report([table({ verdict: 'different', ...uncounted, checksum })], { mode: 'checksums' }));
    expect(page).toContain('aria-label="equal buckets 808, buckets that differ 3"');
    expect(page).toContain('3 of 811 buckets differ; --mode rows finds the rows');
  });

  it('counts rows that have no final result apart', () => {
    const live = {
      fence: 'connector',
      inFlight: { missing: 1, extra: 0, different: 0 },
      undetermined: 3,
      undeterminedAs: { missing: 1, extra: 1, different: 1 },
      rounds: 2,
    } as const;
    const page = html(report([table({ verdict: 'undetermined', rows: { source: 100, target: 99 }, live })]));
    expect(page).toContain('aria-label="equal, or equal since 98, undetermined 3"');
  });
});

describe('where the rows are', () => {
  const bands = [
    { from: '0', to: '1023', missing: 1, extra: 0, different: 0 },
    { from: '4096', to: '5119', missing: 0, extra: 4, different: 1 },
  ];
  const placed = { ...damaged, missing: 1, extra: 4, different: 1 };

  it('is drawn between the ends of the tables', () => {
    const keySpread = { column: 'id', first: '1', last: '80000', bands, unplaced: 0 };
    const page = html(report([table({ ...placed, keySpread })]));
    expect(page).toContain('<span>1</span><span>id</span><span>80,000</span>');
    expect(page).toContain(
      'All 6 differing rows by id, listed or not, in ranges of 1,024. The most are from 4,096 to 5,119: 5.',
    );
    expect(page).toContain('The ends are those of the tables.');
    expect(page).toContain('<title>4,096 to 5,119: 1 different, 4 extra</title>');
  });

  it('is never drawn wider than what is known', () => {
    const own = html(report([table({ ...placed, keySpread: { column: 'id', bands, unplaced: 2 } })]));
    expect(own).toContain('<span>0</span><span>id</span><span>5,119</span>');
    expect(own).toContain(
      'The ends are those of the differing rows; those of the tables are not known. 2 more have NULL',
    );
    expect(own).toContain('6 differ in all; the others have no known place.');
    // Rows have come since: the ends are older than the rows.
    const older = { column: 'id', first: '1', last: '3000', bands, unplaced: 0 };
    expect(html(report([table({ ...placed, keySpread: older })]))).toContain('those of the tables are not known');
  });

  it('is not drawn without a numeric key, with the reason', () => {
    const columns = [{ source: 'code', target: 'code', as: 'text' }];
    expect(html(report([table({ ...placed, key: ['code'], columns })]))).toContain(
      'Not drawn: the key (code text) has no numeric order. The rows below are sorted by key.',
    );
    const keyless = html(report([table({ ...placed, key: [], unlisted: 0 })]));
    expect(keyless).toContain('without a key, a row has no place in the table');
    expect(keyless).toContain('The differing row, in the order of the comparison.');
    expect(html(report([table(placed)]))).toContain('the report does not say where');
  });

  it('takes keys of any size', () => {
    const from = '-9223372036854775808';
    const last = '18446744073709551615';
    const keySpread = {
      column: 'id',
      first: from,
      last,
      bands: [{ from, to: '-9223372036854775807', missing: 1, extra: 0, different: 0 }],
      unplaced: 0,
    };
    const page = html(report([table({ ...placed, keySpread })]));
    expect(page).toContain('<span>-9,223,372,036,854,775,808</span>');
    expect(page).toContain('<span>18,446,744,073,709,551,615</span>');
  });
});

describe('the repair', () => {
  const lines = ['BEGIN;', `UPDATE a SET b = '<é>&' WHERE id = 1;`, 'COMMIT;'];

  it('shows the script whole, as it is', () => {
    const page = html(report([damaged], { repair: script(lines) }));
    expect(page).toContain(
      `<code id="script">BEGIN;\nUPDATE a SET b = &#39;&lt;é&gt;&amp;&#39; WHERE id = 1;\nCOMMIT;\n</code>`,
    );
    expect(page).toContain('data-copy="script"');
  });

  it.each([
    ['values are masked', maskValues(report([damaged], { repair: script(lines) })), 'this report masks them'],
    [
      'it is long',
      report([damaged], { repair: script(Array.from({ length: 9999 }, () => 'x'.repeat(99))) }),
      'too long',
    ],
    ['it has characters that a page changes', report([damaged], { repair: script(["'\r'"]) }), 'invisible characters'],
    ['half a character', report([damaged], { repair: script(["'\ud800'"]) }), 'invisible characters'],
  ])('shows no script if %s, and how to get it', (_why, of, reason) => {
    const page = html(of);
    expect(page).toContain(reason);
    expect(page).toContain('--repair-file repair.sql');
    expect(page).not.toContain('id="script"');
    expect(page).not.toContain('UPDATE a');
  });

  it('names the file of the script', () => {
    const { script: _lines, ...inFile } = script([], { file: 'out/<repair>.sql' });
    expect(html(report([damaged], { repair: inFile }))).toContain('was written to <code>out/&lt;repair&gt;.sql</code>');
  });

  it('says how to get one, exactly where the command is known', () => {
    expect(html(report([damaged]))).toContain('<code id="command">--repair sql --repair-file repair.sql</code>');
    expect(html(report([damaged], { pair: 'shop' }))).toContain(
      '<code id="command">sluice reconcile --pair shop --repair sql --repair-file repair.sql</code>',
    );
    expect(html(report([damaged], { pair: 'a; rm b' }))).not.toContain('sluice reconcile --pair');
    expect(html(report([table()]))).not.toContain('<h2>Repair</h2>');
    expect(html(report([damaged], { mode: 'checksums' }))).not.toContain('<h2>Repair</h2>');
  });

  it('masks values on request, but neither NULL nor keys', () => {
    const masked = maskValues(report([damaged]));
    expect(masked.tables[0]?.differences[0]).toMatchObject({
      key: { id: '<7>' },
      columns: [
        { column: 'note', source: null, target: '********' },
        { column: 'qty', source: '********', target: '********' },
      ],
    });
    expect(html(masked)).toContain('<dd>masked; keys are shown</dd>');
    expect(html(masked)).not.toContain('13.');
  });
});
