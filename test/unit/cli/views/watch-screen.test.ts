import textWidth from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { watchScreen } from '../../../../src/cli/views/watch-screen.ts';
import { UNTOUCHED, type WatchState } from '../../../../src/cli/watch-keys.ts';
import { SluiceError } from '../../../../src/errors/error.ts';
import { LagTrend } from '../../../../src/monitor/lag-trend.ts';
import type { StatusReport } from '../../../../src/monitor/status.ts';
import { connectorReport, statusReport } from '../../../helpers/status-report.ts';

const AT = '2026-11-29T01:46:27.881Z';

function draw(report: StatusReport, size: { width: number; height: number }, trend = new LagTrend()): string[] {
  const watched = { context: 'prod', everyMs: 2000, sample: { at: AT, report }, report, trend, now: Date.parse(AT) };
  return watchScreen(watched, plainStyle)(size).text.split('\n');
}

const failed = ['a-broken-sink', 'b-broken-sink'].map((name) =>
  connectorReport(name, {
    health: 'failed',
    reasons: ['task 0 has FAILED'],
    taskList: [{ id: 0, state: 'FAILED', worker: 'w', cause: `the cause of ${name}`, trace: null }],
  }),
);
const many = statusReport([
  ...failed,
  ...Array.from({ length: 37 }, (_, index) => connectorReport(`warehouse-jdbc-sink-${index}`)),
  connectorReport('paused', { health: 'stopped' }),
]);

describe('one screen of a watch', () => {
  it.each([
    { width: 80, height: 24 },
    { width: 200, height: 50 },
    { width: 60, height: 12 },
    { width: 80, height: 8 },
  ])('fits into $width x $height, the worst first, and counts what is not shown', (size) => {
    const lines = draw(many, size);
    expect(lines.length).toBeLessThanOrEqual(size.height);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(size.width);
    expect(lines[0]).toBe('prod · every 2s · 01:46:27 UTC · Ctrl-C ends');
    expect(lines.findIndex((line) => line.includes('a-broken-sink'))).toBe(3);
    expect(lines.at(-1)).toBe('40 connectors on prod: 2 failed, 37 healthy, 1 stopped');
    const rows = lines.filter((line) => /^(?:✖|✔|‖)/.test(line)).length;
    const note = lines.find((line) => line.startsWith('… not shown'));
    const missing = [...(note ?? '').matchAll(/(\d+) (?:failed|healthy|stopped)/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
    expect(rows + missing).toBe(40);
  });

  it('explains problems, and shows everything where there is room', () => {
    const text = draw(many, { width: 80, height: 24 }).join('\n');
    expect(text).toContain('task 0: the cause of a-broken-sink');
    expect(text).toContain('task 0: the cause of b-broken-sink');
    expect(draw(many, { width: 200, height: 60 }).join('\n')).not.toContain('not shown');
  });

  it('shows where the lag goes', () => {
    const trend = new LagTrend();
    const at = (lag: number) => [
      connectorReport('a', { group: { id: 'g', checked: true, state: 'Stable', members: 1, lag, standing: 0 } }),
    ];
    for (const [index, lag] of [0, 2_000, 4_000, 9_600].entries()) trend.add(at(lag), index * 2_000);
    expect(draw(statusReport(at(9_600)), { width: 100, height: 24 }, trend)[3]).toMatch(/▁▂▄█ \+1\.6k\/s$/);
    trend.add(at(0), 8_000);
    expect(draw(statusReport(at(0)), { width: 100, height: 24 }, trend)[3]).toMatch(/▁▂▄█▁ 0\/s$/);
    // It is what one watches for: the type and the state give way first.
    const narrow = draw(statusReport(at(0)), { width: 50, height: 24 }, trend);
    expect(narrow[2]).not.toContain('TYPE');
    expect(narrow[3]).toMatch(/▁▂▄█▁ 0\/s$/);
    trend.add(at(0), 12_000);
    // Without a lag nothing is remembered.
    trend.add([connectorReport('a', { group: null })], 14_000);
    expect(trend.of('a')).toEqual([]);
  });

  it('keeps the last report while polls fail', () => {
    const sample = { at: AT, error: new SluiceError('CONNECT_UNREACHABLE', 'nobody answers') };
    const reportAt = '2026-11-29T01:45:42.881Z';
    const now = Date.parse(AT);
    const watched = { context: 'prod', everyMs: 2000, sample, report: many, reportAt, trend: new LagTrend(), now };
    const lines = watchScreen(watched, plainStyle)({ width: 80, height: 24 }).text.split('\n');
    expect(lines.slice(1, 3)).toEqual(['Error: nobody answers', 'As of 01:45:42, 45 s ago: the last poll failed.']);
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.join('\n')).toContain('a-broken-sink');
  });

  it('has no header without rows, and the workers with -o wide', () => {
    const empty = statusReport([]);
    expect(draw(empty, { width: 80, height: 24 })).toEqual([
      'prod · every 2s · 01:46:27 UTC · Ctrl-C ends',
      '',
      'No matching connectors on prod.',
    ]);
    const watched = { context: 'prod', everyMs: 2000, sample: { at: AT, report: many }, report: many, wide: true };
    const drawing = watchScreen({ ...watched, trend: new LagTrend(), now: Date.parse(AT) }, plainStyle);
    expect(drawing({ width: 120, height: 24 }).text.split('\n')[2]).toMatch(/ WORKER /);
  });

  it('says how old the rows are while a worker does not answer', () => {
    const at = (ms: number) => {
      const watched = { context: 'prod', everyMs: 2000, sample: { at: AT, report: many }, report: many };
      const drawing = watchScreen({ ...watched, trend: new LagTrend(), now: Date.parse(AT) + ms }, plainStyle);
      return drawing({ width: 80, height: 24 }).text.split('\n').slice(0, 2);
    };
    expect(at(6_000)).toEqual(['prod · every 2s · 01:46:33 UTC · Ctrl-C ends', '']);
    expect(at(45_000)).toEqual([
      'prod · every 2s · 01:47:12 UTC · Ctrl-C ends',
      'As of 01:46:27, 45 s ago: the worker has not answered since.',
    ]);
  });

  it('shows connectors that cannot be read, with the commands that the context needs', () => {
    const error = {
      code: 'CONNECT_BAD_ANSWER',
      message: 'x cannot be read',
      hint: 'See: sluice status x',
      details: {},
    };
    const report = { ...many, unreadable: [{ name: 'x', error }] } as unknown as StatusReport;
    const watched = { context: 'prod', everyMs: 2000, sample: { at: AT, report }, report, now: Date.parse(AT) };
    const complete = (text: string) => text.replace('status', 'status --context prod');
    const { text } = watchScreen(
      { ...watched, trend: new LagTrend() },
      plainStyle,
      complete,
    )({ width: 80, height: 60 });
    expect(text).toContain('✖ x cannot be read [CONNECT_BAD_ANSWER]\n  See: sluice status --context prod x\n');
  });
});

describe('one screen of a watch with a keyboard', () => {
  const drawn = (state: Partial<WatchState>, size = { width: 80, height: 24 }) => {
    const sample = { at: AT, report: many };
    const watched = {
      context: 'prod',
      everyMs: 2000,
      sample,
      report: many,
      trend: new LagTrend(),
      now: Date.parse(AT),
    };
    return watchScreen({ ...watched, keys: { ...UNTOUCHED, ...state } }, plainStyle)(size);
  };

  it.each([{ height: 24 }, { height: 50 }, { height: 8 }, { height: 5 }, { height: 2 }])(
    'names the keys on the last of $height lines',
    ({ height }) => {
      const lines = drawn({}, { width: 80, height }).text.split('\n');
      expect(lines).toHaveLength(height);
      expect(lines[0]).toBe('prod · every 2s · 01:46:27 UTC');
      expect(lines.at(-1)).toBe('q quit · j/k select · enter cause · / filter');
    },
  );

  it.each(many.connectors.map(({ name }) => [name]))('always shows the selected one: %s', (name) => {
    for (const height of [4, 5, 6, 9, 24, 60]) {
      const { text, names, page } = drawn({ selected: name }, { width: 90, height });
      expect(text.split('\n').filter((line) => line.startsWith('❯'))).toEqual([expect.stringContaining(name)]);
      const rows = text.split('\n').filter((line) => /^(?:❯| ) {2}[✖✔‖]/.test(line)).length;
      expect(rows).toBe(Math.min(page, names.length));
    }
  });

  it('counts what a filter hides, by its health', () => {
    const { text, names } = drawn({ filter: 'SINK-1' });
    expect(names).toHaveLength(11);
    expect(text).toContain('… not shown: 2 failed, 26 healthy, 1 stopped');
    expect(text).toContain('40 connectors on prod: 2 failed');
    expect(drawn({ filter: 'zzz', typing: true }).text).toMatch(/No connector is called …zzz….*\/zzz /s);
  });

  it('shows one in full, from the line that was scrolled to', () => {
    const whole = drawn({ open: true, selected: 'a-broken-sink' });
    expect(whole.text).toContain('connector: a-broken-sink on prod');
    expect(whole.text).toContain('the cause of a-broken-sink');
    expect(whole.bottom).toBe(0);
    const part = drawn({ open: true, selected: 'a-broken-sink', top: 99 }, { width: 80, height: 8 });
    expect(part.text).not.toContain('connector: a-broken-sink on prod');
    expect(part.bottom).toBeGreaterThan(3);
  });

  it('says that the one in full was deleted meanwhile, or cannot be read any more', () => {
    const gone = drawn({ open: true, selected: 'gone' }).text;
    expect(gone).toContain('gone is no longer on prod.');
    expect(gone).not.toContain('a-broken-sink');
    expect(gone).toContain('esc back');
    const error = { code: 'CONNECT_BAD_ANSWER', message: 'gone cannot be read', hint: undefined, details: {} };
    const report = { ...many, unreadable: [{ name: 'gone', error }] } as unknown as StatusReport;
    const watched = { context: 'prod', everyMs: 2000, sample: { at: AT, report }, report, trend: new LagTrend() };
    const keys = { ...UNTOUCHED, open: true, selected: 'gone' };
    const { text } = watchScreen({ ...watched, now: Date.parse(AT), keys }, plainStyle)({ width: 80, height: 24 });
    expect(text).toContain('✖ gone cannot be read [CONNECT_BAD_ANSWER]');
  });

  it('shows the end of a filter that is too long', () => {
    const long = `${'x'.repeat(40)}日本`;
    for (const width of [10, 20, 30]) {
      const foot = drawn({ filter: long, typing: true }, { width, height: 24 }).text.split('\n').at(-1) ?? '';
      expect(foot).toMatch(/^\/x*日本 {2}· enter/);
      expect(textWidth(foot.split(' ·', 1)[0] ?? '')).toBeLessThanOrEqual(width);
    }
  });
});
