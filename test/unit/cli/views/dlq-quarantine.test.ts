import { expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { dlqQuarantineView, quarantineText } from '../../../../src/cli/views/dlq-quarantine.ts';
import { dlqRecoverView } from '../../../../src/cli/views/dlq-recover.ts';
import type { Assessment } from '../../../../src/dlq/quarantine/assess.ts';
import type { QuarantineReport } from '../../../../src/dlq/quarantine/quarantine.ts';

const report: QuarantineReport = {
  context: 'dev',
  sink: 'orders-sink',
  queue: 'orders-dead',
  dryRun: false,
  records: [
    {
      topic: 'orders',
      record: {
        partition: 1,
        offset: 3,
        timestamp: '2026-11-30T12:00:00.000Z',
        key: { format: 'json', value: { id: 10 } },
        value: { format: 'json', value: { id: 10, amount: -1 } },
        headers: [],
        error: {
          topic: 'orders',
          partition: 1,
          offset: 3,
          connector: 'orders-sink',
          task: 0,
          stage: 'TASK_PUT',
          stageMeaning: 'the sink itself reported the record: the target refused it',
          class: null,
          cause: 'PSQLException: ERROR: no',
        },
        trace: null,
        attempts: 0,
      },
      copy: { partition: 0, offset: 7 },
      copiedBefore: false,
    },
  ],
  state: 'running again',
  tasks: { running: 2, total: 2 },
  failsAgain: null,
  notes: [],
  exitCode: 0,
};

const text = (more: Partial<QuarantineReport> = {}) => dlqQuarantineView.table({ ...report, ...more }, plainStyle);

it('shows each record, where its copy is, and how to bring it back', () => {
  expect(text()).toBe(`1 refused record of orders-sink on dev copied to orders-dead, and skipped

orders/1 at 3, now in orders-dead/0 at 7
  cause   PSQLException: ERROR: no (the sink itself reported the record: the target refused it)
  key     {"id":10}  (json)
  value   {"id":10,"amount":-1}  (json)

orders-sink has its former configuration again: running again 2/2

Once the cause is gone: sluice dlq replay --queue orders-dead --dry-run`);
});

it('says that it fails again, that nothing was found, and that nothing was done', () => {
  expect(text({ failsAgain: 'no', exitCode: 14 })).toContain('and fails: no');
  expect(text({ records: [] })).toMatch(/^No refused record of orders-sink on dev\n/);
  expect(text({ records: [] })).not.toContain('replay');
  expect(text({ dryRun: true })).toMatch(/found\n[\s\S]*Nothing was copied or skipped \(--dry-run\)\.$/);
});

it('asks in a sentence that says what is done to the sink', () => {
  const found = { refusal: undefined, partitions: 3 } as Assessment;
  expect(quarantineText('s', 'q', found, { max: 1, dryRun: false })).toBe(
    'stop s, run it one record at a time in the 3 partitions that it has not read to the end, to find the record that its target refuses, copy it to q, skip it, and bring its configuration and state back',
  );
  expect(quarantineText('s', 'q', { ...found, partitions: 1 }, { max: 5, dryRun: true })).toBe(
    'stop s, run it one record at a time in the partition that it has not read to the end, to find up to 5 records that its target refuses, and bring its configuration and state back',
  );
});

it('shows how a recovered sink goes on', () => {
  const recovered = {
    ...{ context: 'dev', sink: 's', dryRun: false, isInterrupted: true, tasks: null },
    outcome: 'got back the former configuration and state',
    state: 'resumed',
    failsAgain: 'no',
    notes: ['t/1 at 3 was not copied'],
  };
  expect(dlqRecoverView.table(recovered, plainStyle)).toBe(
    `s: got back the former configuration and state, resumed
It fails again: no
To get past the record: sluice dlq quarantine s
! t/1 at 3 was not copied`,
  );
});
