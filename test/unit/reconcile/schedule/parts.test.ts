import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { TableSummary } from '../../../../src/reconcile/report.ts';
import type { ScheduleEvent } from '../../../../src/reconcile/schedule/events.ts';
import { HealthRecord } from '../../../../src/reconcile/schedule/health.ts';
import { ScheduleMetrics } from '../../../../src/reconcile/schedule/metrics.ts';
import { planSchedule } from '../../../../src/reconcile/schedule/plan.ts';
import { type ScheduleServer, serveSchedule } from '../../../../src/reconcile/schedule/server.ts';

describe('planSchedule', () => {
  it('reads cron expressions in their time zone, over a change of the clocks', () => {
    const [pair] = planSchedule({ a: { schedule: '30 2 * * *', timezone: 'Europe/Berlin' }, b: {} }, []);
    expect(pair?.next(new Date('2026-01-10T12:00:00Z'))?.toISOString()).toBe('2026-01-11T01:30:00.000Z');
    expect(pair?.next(new Date('2026-07-10T12:00:00Z'))?.toISOString()).toBe('2026-07-11T00:30:00.000Z');
    expect(
      planSchedule({ a: { schedule: '0 * * * *' } }, [])[0]
        ?.next(new Date('2026-01-10T12:00:00Z'))
        ?.toISOString(),
    ).toBe('2026-01-10T13:00:00.000Z');
  });

  it.each<[string, Parameters<typeof planSchedule>, string]>([
    ['an unknown pair', [{ a: { schedule: '* * * * *' } }, ['b']], 'PAIR_UNKNOWN'],
    ['a pair without a schedule', [{ a: {} }, ['a']], 'PROJECT_INVALID'],
    ['none with one', [{ a: {} }, []], 'REQUEST_INVALID'],
    ['an expression that is none', [{ a: { schedule: 'often' } }, []], 'PROJECT_INVALID'],
    ['a minute that is none', [{ a: { schedule: '61 * * * *' } }, []], 'PROJECT_INVALID'],
    ['a time zone that is none', [{ a: { schedule: '* * * * *', timezone: 'Mars/Base' } }, []], 'PROJECT_INVALID'],
  ])('%s', (_name, input, code) => {
    expect(() => planSchedule(...input)).toThrow(expect.objectContaining({ code }));
  });
});

const AT = '2026-03-01T00:01:00.000Z';
const table = (source: string, verdict: 'equal' | 'different' | 'failed', missing = 0) => ({
  source,
  target: source,
  verdict,
  rows: { source: 5, target: 5 - missing },
  missing,
  extra: 0,
  different: 0,
  undetermined: 0,
});
const finished = (tables: TableSummary[]): ScheduleEvent => ({
  at: AT,
  event: 'finished',
  pair: 'a',
  verdict: 'different',
  exitCode: 10,
  durationMs: 1500,
  tables,
});

describe('metrics', () => {
  it('show the last run of each table, and nothing of one that is gone or could not be read', async () => {
    const metrics = new ScheduleMetrics();
    metrics.observe({ at: AT, event: 'scheduled', pair: 'a', next: '2026-03-01T00:02:00.000Z' });
    metrics.observe({ at: AT, event: 'started', pair: 'a' });
    expect(await metrics.text()).toContain('sluice_reconcile_running{pair="a"} 1');
    expect(await metrics.text()).toMatch(/^(?:.+\n)+$/);
    metrics.observe(finished([table('x', 'different', 2), table('gone', 'equal')]));
    expect(await metrics.text()).toContain('sluice_reconcile_differences{pair="a",table="x",kind="missing"} 2');
    metrics.observe(finished([table('x', 'equal'), table('y', 'failed')]));
    metrics.observe({ at: AT, event: 'skipped', pair: 'a', reason: 'r' });
    metrics.observe({
      at: AT,
      event: 'failed',
      pair: 'a',
      exitCode: 12,
      durationMs: 5,
      error: { code: 'TIMED_OUT', message: 'm' },
    });
    metrics.observe({ at: AT, event: 'aborted', pair: 'a', durationMs: 5 });
    const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const own = (line: string) => line.replace('sluice_reconcile_', '');
    expect(lines.map(own).sort()).toEqual([
      'last_run_duration_seconds{pair="a"} 0.005',
      'last_run_exit_code{pair="a"} 12',
      'last_run_timestamp_seconds{pair="a"} 1772323260',
      'next_run_timestamp_seconds{pair="a"} 1772323320',
      'running{pair="a"} 0',
      'runs_total{pair="a",verdict="aborted"} 1',
      'runs_total{pair="a",verdict="different"} 2',
      'runs_total{pair="a",verdict="failed"} 1',
      'skipped_total{pair="a"} 1',
      // What was equal once is not known to be now.
      'table_equal{pair="a",table="x"} 0',
      'table_equal{pair="a",table="y"} 0',
    ]);
  });

  it('tell a table apart that is compared with several', async () => {
    const metrics = new ScheduleMetrics();
    const into = (target: string, verdict: 'equal' | 'different') => ({ ...table('x', verdict), target });
    metrics.observe(finished([into('one', 'different'), into('two', 'equal'), table('y', 'equal')]));
    const lines = (await metrics.text()).split('\n').filter((line) => line.includes('table_equal{'));
    expect(lines.map((line) => line.replace('sluice_reconcile_table_equal', ''))).toEqual([
      '{pair="a",table="x=one"} 0',
      '{pair="a",table="x=two"} 1',
      '{pair="a",table="y"} 1',
    ]);
  });
});

describe('metrics of modes that do not count', () => {
  it('have no differences, not none of them', async () => {
    const metrics = new ScheduleMetrics();
    const uncounted = { missing: null, extra: null, different: null, undetermined: null };
    metrics.observe(
      finished([
        { ...table('counts', 'different'), ...uncounted },
        { ...table('schema', 'equal'), ...uncounted, rows: { source: null, target: null } },
      ]),
    );
    const lines = (await metrics.text()).split('\n').filter((line) => /_(differences|rows|table_equal)\{/.test(line));
    expect(lines.map((line) => line.replace('sluice_reconcile_', '')).sort()).toEqual([
      'rows{pair="a",table="counts",side="source"} 5',
      'rows{pair="a",table="counts",side="target"} 5',
      'table_equal{pair="a",table="counts"} 0',
      'table_equal{pair="a",table="schema"} 1',
    ]);
  });
});

describe('health', () => {
  const minute = (n: number) => new Date(Date.parse(AT) + n * 60_000);
  it('is that of the schedule: a difference is a result', () => {
    const health = new HealthRecord();
    health.observe({ at: AT, event: 'scheduled', pair: 'a', next: minute(1).toISOString() });
    health.observe(finished([table('x', 'different', 2)]));
    expect(health.now(minute(2))).toEqual({
      status: 'ok',
      pairs: { a: { running: false, next: minute(1).toISOString(), lastRun: AT, lastVerdict: 'different' } },
    });
    expect(health.now(minute(4)).status).toBe('late');
    health.observe({ at: AT, event: 'stopping', running: [], graceMs: 1 });
    expect(health.now(minute(1)).status).toBe('stopping');
  });
});

describe('the server', () => {
  let server: ScheduleServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  const content = (status: 'ok' | 'stopping') => ({
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'm 1\n' }),
    health: () => ({ status, pairs: {} }),
  });

  it('gives metrics and health, and nothing else', async () => {
    server = await serveSchedule('127.0.0.1:0', content('ok'));
    const get = async (path: string, method = 'GET') => {
      const answer = await fetch(`${server?.url}${path}`, { method });
      return [answer.status, await answer.text()];
    };
    expect(await get('/metrics')).toEqual([200, 'm 1\n']);
    expect(await get('/health?x=1')).toEqual([200, '{"status":"ok","pairs":{}}\n']);
    expect((await get('/other'))[0]).toBe(404);
    expect((await get('/health', 'POST'))[0]).toBe(405);
    expect(await get('/health', 'HEAD')).toEqual([200, '']);
  });

  it('continues after a request whose path is not a URL', async () => {
    server = await serveSchedule('127.0.0.1:0', content('ok'));
    const { port } = new URL(server.url);
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '//' }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  it('is unhealthy while it stops', async () => {
    server = await serveSchedule('0', content('stopping'));
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
  });

  it('says that the address is taken, or is not valid', async () => {
    server = await serveSchedule('0', content('ok'));
    const { port } = new URL(server.url);
    await expect(serveSchedule(`127.0.0.1:${port}`, content('ok'))).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    for (const text of ['here', '127.0.0.1', ':99999', '']) {
      await expect(serveSchedule(text, content('ok'))).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    }
  });
});
