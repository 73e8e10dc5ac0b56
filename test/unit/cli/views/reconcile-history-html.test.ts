import { describe, expect, it } from 'vitest';
import { reconcileHistoryHtml } from '../../../../src/cli/views/reconcile-history-html.ts';
import type { ReconcileRun } from '../../../../src/store/comparisons.ts';
import { counted, historyRun } from '../../../helpers/reconcile-runs.ts';

const run = (id: number, more: Partial<ReconcileRun> = {}) =>
  historyRun({ id, at: `2026-01-01T${String(id).padStart(2, '0')}:00:00.000Z`, ...more });
const html = (runs: ReconcileRun[], detailed = false) => reconcileHistoryHtml({ runs, detailed });
const dots = (page: string) => page.match(/h0/g)?.length ?? 0;

describe('the page of the history', () => {
  it('has a section for each comparison and mode, with the latest verdict', () => {
    const page = html([run(4, { verdict: 'equal' }), run(3, { pair: null }), run(2, { mode: 'counts' }), run(1)]);
    expect([...page.matchAll(/<h2 id="s\d">([^<]*)<\/h2>/g)].map(([, name]) => name)).toEqual([
      'shop',
      'a → b',
      'shop',
    ]);
    expect(page).toContain('<span class="tag good">equal</span> · 2026-01-01 04:00:00 UTC · mode rows');
    expect(page).toContain('aria-label="Verdicts, oldest first: 1 different, 1 equal"');
  });

  it('draws what is known, and leaves a gap where a run failed', () => {
    const lost = run(3, { verdict: null, error: 'DATABASE_UNREACHABLE', exitCode: 12, tables: [] });
    const page = html([run(5), run(4), lost, run(2), run(1, { durationMs: 2500 })]);
    expect(page).toContain('rows that differ: 4 values, unchanged, latest 3');
    expect(page).toContain('duration: 5 values, 1.5 s to 2.5 s, latest 1.5 s');
    expect(dots(page)).toBe(4 + 4 + 5);
    const [path = ''] = /(?<=class="s-line" d=")[^"]*/.exec(page) ?? [];
    expect(path.match(/M/g)).toHaveLength(2);
    expect(page).toContain('DATABASE_UNREACHABLE');
  });

  it('draws no trend of one run, nor of what was not counted', () => {
    expect(dots(html([run(1)]))).toBe(0);
    const uncounted = { ...counted, missing: null, extra: null, different: null };
    const page = html([run(2, { tables: [uncounted] }), run(1, { tables: [uncounted] })]);
    expect(page).toContain('<figcaption><span>rows that differ</span><b>not known</b>');
  });

  it('shows ten runs of each at once', () => {
    const page = html(Array.from({ length: 23 }, (_, index) => run(23 - index)));
    expect(page).toContain('<summary>13 earlier runs</summary>');
    expect(page.match(/scope="row"/g)).toHaveLength(23);
  });

  it('shows one run with its tables, and says when there is none', () => {
    const page = html([run(7, { trigger: 'schedule' })], true);
    expect(page).toContain('<h1>Run 7</h1>');
    expect(page).toContain('<li>by ann@build, by schedule</li>');
    expect(page).toContain('<li>a → b, mode rows</li>');
    expect(page).toContain('data-label="different">2</td>');
    expect(html([])).toContain('Nothing has been compared from here yet.');
  });

  it('escapes names', () => {
    const page = html([run(1, { pair: '<b>', who: '<i>', tables: [{ ...counted, source: '<u>' }] })], true);
    expect(page).not.toMatch(/<[biu]>[^<]/);
  });
});
