import { expect, it } from 'vitest';
import { monitorView } from '../../../../src/cli/views/monitor.ts';
import type { ErrorCode } from '../../../../src/errors/registry.ts';
import type { GateReport } from '../../../../src/serve/monitor.ts';
import { readingOf } from '../../../../src/serve/reading.ts';
import { connectorSnapshot, snapshot } from '../../../helpers/snapshot.ts';

function report(verdict: GateReport['verdict'], ...codes: ErrorCode[]) {
  const failures = codes.map((code) => ({ code, message: 'no answer' }));
  const finding = { name: 'orders', condition: 'lag>60s', text: 'its lag in time is not known' };
  const gate = { conditions: ['lag>60s'], forMs: 0, readings: 1, verdict, violated: [], unknown: [finding] };
  return { ...readingOf(snapshot([connectorSnapshot('orders')], { failures })), gate };
}

it.each([
  ['passed', [], 0],
  ['passed', ['METRICS_UNREADABLE'], 0],
  ['failed', ['KAFKA_UNREACHABLE'], 10],
  ['undetermined', [], 16],
  ['undetermined', ['METRICS_UNREADABLE'], 16],
  ['unreadable', ['METRICS_UNREADABLE', 'CONNECT_REJECTED'], 13],
  ['unreadable', ['KAFKA_UNREACHABLE'], 12],
] as [GateReport['verdict'], ErrorCode[], number][])('a gate that %s with %j exits with %i', (verdict, codes, exit) => {
  const { exitCode } = monitorView;
  expect(typeof exitCode === 'function' ? exitCode(report(verdict, ...codes)) : exitCode).toBe(exit);
});
