import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { doctorView } from '../../../../src/cli/views/doctor.ts';
import { wrapLines } from '../../../../src/cli/wrap-lines.ts';
import { hasHidden, visibleTree } from '../../../../src/text/visible.ts';
import { clusterReport, FINDINGS, hostileReports, walkReport } from '../../../helpers/doctor-report.ts';

const terminal = { ...plainStyle, width: 80, interactive: true };
const { html, markdown } = doctorView.forms;

describe('what doctor prints', () => {
  it.each([
    [
      'of a cluster',
      clusterReport(FINDINGS, {
        notRead: [{ what: 'database db:5432/shop', reason: 'it does not answer', error: null }],
      }),
    ],
    ['of a healthy cluster', clusterReport([])],
    ['of a pipeline that is stuck', walkReport()],
  ])('%s, at 80 columns', (_what, report) => {
    const text = wrapLines(doctorView.table(report, terminal), 80);
    expect(text).toMatchSnapshot();
    // Commands and statements are pasted: they are not broken.
    for (const line of text.split('\n')) if (!/sluice |SELECT /.test(line)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('does not say that nothing changes where the log was not read', () => {
    const report = walkReport();
    const stages = report.walk?.stages.slice(3, 5) ?? [];
    const walk = { connector: 'c', sources: ['a'], sinks: ['b'], stages, outcome: 'idle' as const, at: null };
    expect(doctorView.table({ ...report, walk }, plainStyle)).toContain(
      '\nNothing arrives, and what has arrived is read.',
    );
  });

  it.each([
    ['flowing', null, 'Records flow.'],
    ['idle', null, 'Nothing to do: nothing changes.'],
    ['warning', 1, 'Not right at the log (shop-source): the slot shop moves'],
    ['inactive', 2, 'Not running on purpose: shop-source is RUNNING'],
    ['unknown', 3, 'Not known whether records move: the topics: 12 records arrived'],
  ] as const)('an outcome %s as a sentence', (outcome, at, sentence) => {
    const report = walkReport();
    const stages = report.walk?.stages.slice(0, 5) ?? [];
    const walk = { connector: 'c', sources: ['a'], sinks: ['b'], stages, outcome, at };
    expect(doctorView.table({ ...report, walk }, plainStyle)).toContain(sentence);
  });
});

describe('the exit code', () => {
  const error = { code: 'DATABASE_UNREACHABLE', message: 'm' } as const;
  const failed = [{ what: 'w', reason: 'r', error }];
  const absent = [{ what: 'w', reason: 'r', error: null }];
  it.each([
    ['nothing is wrong', clusterReport([]), 0],
    ['only advice', clusterReport(FINDINGS.slice(4)), 0],
    ['a warning', clusterReport(FINDINGS.slice(2, 3)), 10],
    ['an error', clusterReport(FINDINGS.slice(0, 1)), 10],
    ['nothing says where Kafka is', clusterReport([], { notRead: absent }), 0],
    ['something could not be read', clusterReport([], { notRead: failed }), 14],
    ['something is wrong, and something could not be read', clusterReport(FINDINGS, { notRead: failed }), 10],
    ['a pipeline is stuck', walkReport(), 10],
  ])('%s', (_what, report, code) => expect(doctorView.exitCode(report)).toBe(code));
});

describe('the page', () => {
  it('has every finding with what to do', () => {
    const page = html(clusterReport(FINDINGS));
    for (const { message, command, statement } of FINDINGS)
      for (const part of [message, command, statement])
        if (part !== null) expect(page).toContain(part.replaceAll('"', '&quot;').replaceAll("'", '&#39;'));
    expect(page).toContain("default-src 'none'");
    expect(page).not.toContain('<script');
  });

  it('has every stage, and where the pipeline is stuck', () => {
    const page = html(walkReport());
    expect(page).toContain('Stuck at the target database (orders-sink) (since 2026-03-01T11:42:07Z)');
    expect(page.match(/<tr role="row"><th scope="row"/g)).toHaveLength(8);
  });
});

describe('hostile texts', () => {
  it.each(hostileReports().map((report) => [report]))('do nothing in any form', (report) => {
    const shown = visibleTree(report);
    expect(hasHidden(doctorView.table(shown, terminal))).toBe(false);
    const page = html(shown);
    expect(page).not.toMatch(/<script|<img|\u202e/);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    const text = markdown(shown);
    expect(text).not.toMatch(/<script|<img|(?<!&)#1|@team/);
  });

  it('markdown is limited', () => {
    const many = Array.from({ length: 5_000 }, () => FINDINGS[0]).flatMap((one) => one ?? []);
    const text = markdown(clusterReport(many));
    expect(text).toContain('4900 more. `sluice doctor` shows all.');
    expect(text.length).toBeLessThan(60_000);
  });
});
