import { type DatabaseFacts, differencesOf, type ReconcileReport, type TableReport } from '../../reconcile/report.ts';
import { thousands } from '../../text/thousands.ts';
import { hasHidden } from '../../text/visible.ts';
import { bar, isWidened, legend, type Part, swatch } from './charts.ts';
import { copied, facts, momentText, noteList, page, secondsText, text } from './page.ts';
import { type Budget, rowsTable, wholeBudget } from './reconcile-html-rows.ts';
import { spreadPicture } from './reconcile-html-spread.ts';
import { repairLines } from './reconcile-repair.ts';
import { effortText, resultText, strengthText, tableName, tableNotes } from './reconcile-result.ts';
import { counted } from './reconcile-values.ts';

/** A longer script belongs in a file. */
const MAX_SCRIPT = 512 * 1024;
/** Tables that are shown in detail; all of them are in the overview. */
const MAX_SECTIONS = 200;

/**
 * A self-contained page, to read or to attach to a ticket.
 * @param raw the report before hidden characters were made visible: a script to copy needs them
 */
export function reconcileHtml(report: ReconcileReport, raw: ReconcileReport = report): string {
  const detailed = report.tables
    .map((table, index) => ({ table, index }))
    .filter(({ table }) => hasDetails(table, report));
  const sections = detailed.slice(0, MAX_SECTIONS);
  const budget = wholeBudget();
  const linked = new Set(sections.map(({ index }) => index));
  return page({
    title: `${report.verdict}: ${titleText(report)}`,
    body: [
      header(report),
      overview(report, linked),
      ...sections.map(({ table, index }) => section(table, index, report, budget)),
      ...(detailed.length > sections.length
        ? [
            `<p class="quiet">${thousands(detailed.length - sections.length)} more tables have details: --json has them.</p>`,
          ]
        : []),
      skipped(report),
      repair(report, raw),
    ]
      .filter((part) => part !== '')
      .join('\n'),
  });
}

function titleText({ pair, source, target }: ReconcileReport): string {
  return pair ?? `${source.name} → ${target.name}`;
}

function header(report: ReconcileReport): string {
  const { source, target, mode, startedAt, shard, mergedShards, masked } = report;
  const of = ({ name, product, version, snapshot }: DatabaseFacts) =>
    `${text(name)} <span class="quiet">${text(product)} ${text(version)}${snapshot ? '' : ', read without a snapshot'}</span>`;
  return `<header><p class="over">sluice reconcile</p>
<h1>${text(titleText(report))}</h1>
<p class="verdict"><span class="tag ${tone(report.verdict)}">${text(resultText(report, 'below'))}</span>${alsoDifferent(report)}</p>
${facts([
  ['source', of(source)],
  ['target', of(target)],
  ['started', momentText(startedAt)],
  ['compared', `${text(mode)} <span class="quiet">${text(effortText(report))}</span>`],
  ...(shard === undefined ? [] : [['shard', `${shard.index} of ${shard.of}`] as const]),
  ...(mergedShards === undefined ? [] : [['merged', `${thousands(mergedShards)} shards`] as const]),
  ...(masked === true ? [['values', 'masked; keys are shown'] as const] : []),
])}</header>`;
}

/** A table that failed outweighs the rows that differ in others. */
function alsoDifferent({ verdict, tables }: ReconcileReport): string {
  const found = tables.reduce((sum, table) => sum + differencesOf(table), 0);
  if (verdict === 'different' || found === 0) return '';
  return ` ${thousands(found)} ${found === 1 ? 'row of the others differs' : 'rows of the others differ'}.`;
}

function tone(verdict: string): 'good' | 'warn' | 'bad' {
  if (verdict === 'equal') return 'good';
  return verdict === 'incomplete' || verdict === 'undetermined' ? 'warn' : 'bad';
}

function hasDetails(table: TableReport, { mode }: ReconcileReport): boolean {
  return differencesOf(table) > 0 || table.verdict !== 'equal' || tableNotes(table, mode).length > 0;
}

function overview(report: ReconcileReport, linked: ReadonlySet<number>): string {
  const heads = ['source', 'target', 'missing', 'extra', 'different'];
  const undetermined = report.tables.some(({ live }) => (live?.undetermined ?? 0) > 0);
  if (undetermined) heads.push('undetermined');
  const rows = report.tables.map((table, index) => {
    const name = text(tableName(table));
    const counts = [table.rows.source, table.rows.target, table.missing, table.extra, table.different];
    if (undetermined) counts.push(table.missing === null ? null : (table.live?.undetermined ?? 0));
    const cells = counts.map(
      (count, at) =>
        `<td role="cell" class="n${at > 1 && !count ? ' zero' : ''}" data-label="${heads[at]}">${counted(count)}</td>`,
    );
    return `<tr role="row"><th scope="row" role="rowheader">${linked.has(index) ? `<a href="#t${index}">${name}</a>` : name}${bar(partsOf(table) ?? [])}</th><td role="cell" data-label="verdict"><span class="tag ${tone(table.verdict)}">${table.verdict}</span></td>${cells.join('')}</tr>`;
  });
  return `<section aria-label="Tables"><h2>${report.tables.length === 1 ? 'One table' : `${thousands(report.tables.length)} tables`}</h2>
<table class="overview fold" role="table"><thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">table</th><th scope="col" role="columnheader">verdict</th>${heads.map((head) => `<th scope="col" role="columnheader" class="n">${isKind(head) ? swatch(head) : ''}${head}</th>`).join('')}</tr></thead>
<tbody role="rowgroup">${rows.join('\n')}</tbody></table></section>`;
}

/** The buckets of mode checksums. Each has rows from all over the table: they show how much may differ, and not where. */
function bucketsOf({ checksum }: TableReport): Part[] | undefined {
  if (checksum === undefined) return undefined;
  const { buckets, differentBuckets } = checksum;
  return [
    { name: 'equal buckets', fill: 'equal', count: buckets - differentBuckets },
    { name: 'buckets that differ', fill: 'different', count: differentBuckets },
  ];
}

function isKind(head: string): head is 'missing' | 'extra' | 'different' {
  return head === 'missing' || head === 'extra' || head === 'different';
}

/** The rows of both sides by what was found; undefined if they were not counted, or the counts contradict each other. */
function partsOf({ rows, missing, extra, different, live, contradictions }: TableReport): Part[] | undefined {
  if (missing === null || extra === null || different === null || rows.source === null) return undefined;
  const open = live?.undeterminedAs ?? { missing: 0, extra: 0, different: 0 };
  const equal = rows.source - missing - different - open.missing - open.different;
  if (contradictions !== undefined || equal < 0) return undefined;
  const { inFlight } = live ?? {};
  const arrived = inFlight !== undefined && inFlight.missing + inFlight.extra + inFlight.different > 0;
  return [
    { name: arrived ? 'equal, or equal since' : 'equal', fill: 'equal', count: equal },
    { name: 'different', fill: 'different', count: different },
    { name: 'missing', fill: 'missing', count: missing },
    { name: 'extra', fill: 'extra', count: extra },
    ...((live?.undetermined ?? 0) > 0
      ? [{ name: 'undetermined', fill: 'open' as const, count: live?.undetermined ?? 0 }]
      : []),
  ];
}

function section(table: TableReport, index: number, report: ReconcileReport, budget: Budget): string {
  const { checksum, key, columns } = table;
  const about = [
    // A table that failed early has neither.
    ...(columns.length === 0
      ? []
      : [
          key.length === 0 ? 'no key' : `key ${key.join(', ')}`,
          `${thousands(columns.length)} ${columns.length === 1 ? 'column' : 'columns'}`,
        ]),
    ...(checksum === undefined ? [] : [strengthText(checksum.algorithm)]),
    secondsText(table.durationMs),
  ];
  return `<section id="t${index}" aria-labelledby="h${index}"><h2 id="h${index}">${text(tableName(table))}</h2>
<p class="quiet"><span class="tag ${tone(table.verdict)}">${table.verdict}</span> · ${text(about.join(' · '))}</p>
${[share(table, report), noteList(tableNotes(table, report.mode)), differences(table, report, budget)].filter((part) => part !== '').join('\n')}</section>`;
}

function share(table: TableReport, { mode }: ReconcileReport): string {
  const parts = mode === 'checksums' ? bucketsOf(table) : partsOf(table);
  if (parts === undefined) return '';
  const wide = isWidened(parts) ? '\n<p class="quiet">Parts too narrow to see are drawn wider.</p>' : '';
  return `${bar(parts)}${legend(parts)}${wide}`;
}

function differences(table: TableReport, { mode }: ReconcileReport, budget: Budget): string {
  if (mode !== 'rows' || differencesOf(table) === 0) return '';
  return `<h3>Where they are</h3>
${spreadPicture(table)}
<h3>The rows</h3>
${rowsTable(table, budget)}`;
}

function skipped({ skipped: left = [] }: ReconcileReport): string {
  if (left.length === 0) return '';
  return `<section><h2>Not compared</h2>\n${noteList(left.map(({ table, kind, reason }) => `${table} (${kind}): ${reason}`))}</section>`;
}

function repair(report: ReconcileReport, raw: ReconcileReport): string {
  const { repair: done } = report;
  if (done === undefined) return report.mode === 'rows' && report.tables.some(differencesOf) ? howToRepair(report) : '';
  const parts = [noteList(repairLines(report)), script(report, raw)].filter((part) => part !== '');
  return `<section><h2>Repair</h2>\n${parts.join('\n')}</section>`;
}

/** A script is shown whole or not at all: half a script, or one with other characters, would repair wrongly. */
function script({ repair: done, masked, target }: ReconcileReport, raw: ReconcileReport): string {
  if (done?.mode !== 'sql' || done.error !== undefined) return '';
  if (done.file !== undefined)
    return `<p>The script was written to <code>${text(done.file)}</code>. Review it, run it in ${text(target.name)} so that the first error ends it, and compare again.</p>`;
  const lines = raw.repair?.script ?? [];
  if (done.inserted + done.updated + done.deleted === 0 || lines.length === 0) return '';
  const elsewhere = (why: string) =>
    `<p>The script is not shown: ${why}. Run the comparison again with <code>--repair-file repair.sql</code>.</p>`;
  if (masked === true) return elsewhere('it has values, and this report masks them');
  const sql = lines.join('\n');
  if (sql.length > MAX_SCRIPT) return elsewhere(`${thousands(lines.length)} lines are too long for a page`);
  if (hasHidden(sql) || !sql.isWellFormed())
    return elsewhere('it has invisible characters, which would be lost when it is copied from a page');
  return `<p>One transaction for ${text(target.name)}. Review it, run it so that the first error ends it, and compare again.</p>
${copied('script', `${sql}\n`, 'Copy the script')}`;
}

function howToRepair({ pair }: ReconcileReport): string {
  const flags = '--repair sql --repair-file repair.sql';
  const [what, command] =
    pair === undefined || !/^[\w.-]+$/.test(pair)
      ? [
          'To get the SQL that makes the target equal to the source, run the same command again with these flags:',
          flags,
        ]
      : ['This writes the SQL that makes the target equal to the source:', `sluice reconcile --pair ${pair} ${flags}`];
  return `<section><h2>Repair</h2>
<p>Nothing was repaired. ${what}</p>
${copied('command', command, 'Copy')}</section>`;
}
