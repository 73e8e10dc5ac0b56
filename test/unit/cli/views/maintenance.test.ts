import { describe, expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { maintenanceView, type OpenWindow, windowsView } from '../../../../src/cli/views/maintenance.ts';
import type { MaintenanceReport, MaintenanceResult } from '../../../../src/operate/maintenance.ts';

const row = (window: number): MaintenanceResult => ({
  ...{ name: 'a', window, before: 'RUNNING', outcome: 'running', tasks: null, error: null },
});
const ended = (results: MaintenanceResult[], open: number[] = []) =>
  maintenanceView.table(
    { verb: 'end', context: 'dev', results, open, exitCode: 0 } satisfies MaintenanceReport,
    plainStyle,
  );

describe('the end of maintenance windows', () => {
  it.each([
    [[row(3)], [], 'Window 3 on dev has ended.'],
    [[row(3), row(4), row(3)], [], 'Windows 3, 4 on dev have ended.'],
    [[row(3)], [3], 'Window 3 on dev stays open. See: sluice maintenance list'],
  ])('%j with %j still open', (results, open, text) => expect(ended(results, open)).toContain(text));

  it('of none says that none is open', () => expect(ended([])).toBe('No maintenance window is open on dev.'));
});

it('an open window says for how many connectors it is over, restored or not', () => {
  const connector = {
    name: 'a',
    before: 'RUNNING',
    action: 'pause',
    sent: true,
    failedTasks: [],
    outcome: null,
  } as const;
  const window = {
    ...{
      id: 3,
      context: 'dev',
      urls: [],
      who: 'ann@m',
      reason: 'disks',
      action: 'pause',
      complete: true,
      overdue: false,
    },
    ...{ since: '2026-11-30T12:00:00Z', until: '2026-11-30T13:00:00Z', kafkaClusterId: 'k' },
    connectors: [connector, { ...connector, name: 'b', outcome: 'was deleted' }],
  } as unknown as OpenWindow;
  const report = { context: 'dev', windows: [window], now: new Date('2026-11-30T12:30:00Z') };
  expect(windowsView.table(report, plainStyle)).toContain('over for 1 of 2');
});
