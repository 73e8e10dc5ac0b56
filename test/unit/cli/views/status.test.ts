import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { connectorView, statusView } from '../../../../src/cli/views/status.ts';
import { connectorReport as connector, statusReport as report } from '../../../helpers/status-report.ts';

const terminal = (width: number) => ({ ...plainStyle, width, interactive: true });

describe('the table of connectors', () => {
  const names = Array.from({ length: 40 }, (_, index) => `loyalty-warehouse-jdbc-sink-eu-west-${index}`);

  it('has one line each at 80 columns, with whole names', () => {
    const text = statusView.table(report(names.map((name) => connector(name))), terminal(80));
    const lines = text.split('\n');
    expect(lines).toHaveLength(1 + 40 + 2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    for (const name of names) expect(lines.filter((line) => line.includes(`${name} `))).toHaveLength(1);
    expect(lines[0]).toBe('HEALTH     CONNECTOR                               STATE    TASKS        LAG');
    expect(text).not.toContain('8083');
  });

  it('leaves columns out, never parts of names, where it is narrower still', () => {
    const [head = ''] = statusView.table(report([connector(names[0] ?? '')]), terminal(70)).split('\n');
    expect(head.split(/ +/)).toEqual(['HEALTH', 'CONNECTOR', 'TASKS', 'LAG']);
    expect(statusView.table(report([connector('x'.repeat(90))]), terminal(60))).toContain('x'.repeat(90));
  });

  it('has every column in a pipe, and the worker with -o wide', () => {
    const one = report([connector(names[0] ?? '')]);
    expect(statusView.table(one, plainStyle).split('\n')[0]?.split(/ +/)).toEqual([
      'HEALTH',
      'CONNECTOR',
      'TYPE',
      'STATE',
      'TASKS',
      'LAG',
    ]);
    const wide = statusView.forms.wide(one);
    expect(wide.split('\n')[0]).toMatch(/WORKER$/);
    expect(wide).toContain('connect-worker-1.kafka.internal.example.com:8083');
  });

  it('says once that no consumer group was checked', () => {
    const unchecked = names.slice(0, 18).map((name) =>
      connector(name, {
        health: 'unknown',
        reasons: [`the consumer group connect-${name} was not checked`],
        group: { id: `connect-${name}`, checked: false, state: null, members: null, lag: null, standing: 0 },
      }),
    );
    const lines = statusView.table(report(unchecked, false), terminal(80)).split('\n');
    expect(lines).toHaveLength(1 + 18 + 2 + 2);
    expect(lines.at(-2)).toContain('The consumer groups of 18 sinks were not checked');
  });

  it('says where records wait that it saw nobody read, although it is too early for a verdict', () => {
    const group = { id: 'g', checked: true, state: 'Stable', members: 1, lag: 948, standing: 948 };
    const text = statusView.table(report([connector('a', { group }), connector('b')]), plainStyle);
    expect(text).toMatch(/no offset moved while status looked: a \(948\)\n {2}Too early .*sluice status --watch$/);
  });

  it('names the context, also of one connector', () => {
    const text = statusView.table(report([connector('a'), connector('b', { health: 'failed' })]), plainStyle);
    expect(text).toContain('2 connectors on prod: 1 failed, 1 healthy');
    expect(connectorView.table(report([connector('a')]), plainStyle)).toContain('connector: a on prod');
  });
});
