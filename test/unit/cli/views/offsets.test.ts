import { beforeAll, describe, expect, it } from 'vitest';
import { flagName } from '../../../../src/cli/flag-names.ts';
import { plainStyle } from '../../../../src/cli/style.ts';
import { offsetsChangeView } from '../../../../src/cli/views/offsets-change.ts';
import { offsetsDiffView } from '../../../../src/cli/views/offsets-diff.ts';
import { offsetsGetView } from '../../../../src/cli/views/offsets-get.ts';
import type { OffsetsReport, OffsetsResult } from '../../../../src/operate/offsets/change.ts';
import type { ConnectorOffsets } from '../../../../src/operate/offsets/read.ts';
import { parseExact } from '../../../../src/text/exact-json.ts';
import { nameSettings } from '../../../../src/text/settings.ts';

beforeAll(() => nameSettings(flagName));

const orders = (partition: number) => ({ kafka_topic: 'orders', kafka_partition: partition });
const at = (offset: number) => ({ kafka_offset: offset });

const result = (more: Partial<OffsetsResult>): OffsetsResult => ({
  name: 'orders-sink',
  type: 'sink',
  outcome: 'set',
  changes: [],
  backup: null,
  state: null,
  tasks: null,
  notes: [],
  error: null,
  ...more,
});

const report = (results: OffsetsResult[], dryRun = false): OffsetsReport => ({
  verb: 'set',
  context: 'dev',
  dryRun,
  results,
  exitCode: 0,
});

const document = parseExact(
  '{"lsn":9223372036854775807,"password":"hunter22","url":"postgres://ann:hunter22@db/shop"}',
) as Record<string, unknown>;

describe('a change of offsets', () => {
  it('of no connector does not say that there is none', () => {
    expect(offsetsChangeView.table(report([]), plainStyle)).toBe('No matching connectors on dev.');
  });

  it('that was undone names no way to undo it', () => {
    const shown = (outcome: string) =>
      offsetsChangeView.table(report([result({ outcome, backup: 'b.json' })]), plainStyle);
    expect(shown('finished')).toContain('To undo: sluice offsets restore orders-sink --backup b.json');
    expect(shown('undone')).not.toContain('To undo');
  });

  it('shows what differs, how many do not, the state, and how to undo it', () => {
    const changes = [
      { partition: orders(0), before: at(50), after: at(10), range: { earliest: 10, end: 100 } },
      { partition: orders(1), before: null, after: at(0), range: { earliest: 0, end: 5 } },
      { partition: orders(2), before: at(3), after: at(3), range: { earliest: 0, end: 3 } },
    ];
    const done = result({
      changes,
      backup: '/state/of ann/b.json',
      state: 'running again',
      tasks: { running: 2, total: 2 },
    });
    expect(offsetsChangeView.table(report([done]), plainStyle)).toBe(
      [
        'orders-sink (sink): set, running again 2/2',
        'TOPIC   PARTITION  BEFORE  AFTER  RANGE',
        'orders          0      50     10  10–100',
        'orders          1    none      0  0–5',
        '1 partition stays as it is',
        'The offsets before: /state/of ann/b.json',
        "To undo: sluice offsets restore orders-sink --backup '/state/of ann/b.json'",
      ].join('\n'),
    );
  });

  it('says that nothing was changed, and each hint once', () => {
    const error = { code: 'REQUEST_INVALID', message: 'out of range', hint: 'Look.' } as const;
    const failed = ['a', 'b'].map((name) => result({ name, type: null, outcome: null, error }));
    const text = offsetsChangeView.table(report(failed, true), plainStyle);
    expect(text).toContain('a: failed: out of range [REQUEST_INVALID]');
    expect(text.match(/Look\./g)).toHaveLength(1);
    expect(text).toContain('Nothing was changed (--dry-run).');
  });

  it('keeps the digits of a source, and masks secrets, in the table and the document', () => {
    const changes = [{ partition: { server: 'shop\u001b[2J' }, before: null, after: document, range: null }];
    const shown = report([result({ type: 'source', changes })]);
    const texts = [offsetsChangeView.table(shown, plainStyle), JSON.stringify(offsetsChangeView.document?.(shown))];
    for (const text of texts) {
      expect(text).toContain('9223372036854775807');
      expect(text).not.toContain('hunter22');
    }
    expect(texts[0]).not.toContain('\u001b');
  });
});

describe('offsets', () => {
  const connector = (more: Partial<ConnectorOffsets>): ConnectorOffsets => ({
    name: 'orders-sink',
    type: 'sink',
    class: 'Sink',
    state: 'RUNNING',
    group: 'connect-orders-sink',
    offsets: [],
    error: null,
    ...more,
  });
  const table = (...connectors: ConnectorOffsets[]) =>
    offsetsGetView.table({ context: 'dev', connectors, exitCode: 0 }, plainStyle);

  it('of a sink have their range and lag, if they are known', () => {
    const offsets = [{ partition: orders(0), offset: at(50), range: { earliest: 10, end: 100 }, lag: 50 }];
    expect(table(connector({ offsets }))).toBe(
      [
        'orders-sink (sink, RUNNING, group connect-orders-sink)',
        'TOPIC   PARTITION  OFFSET  LAG  RANGE',
        'orders          0      50   50  10–100',
      ].join('\n'),
    );
    const unknown = [{ partition: orders(0), offset: null, range: null, lag: null }];
    expect(table(connector({ offsets: unknown }))).toContain('TOPIC   PARTITION  OFFSET\norders          0    none');
  });

  it('of a source are its documents, or none', () => {
    const offsets = [{ partition: { server: 'shop' }, offset: document, range: null, lag: null }];
    const text = table(connector({ type: 'source', group: null, offsets }), connector({ name: 'empty' }));
    expect(text).toContain('{"server":"shop"}');
    expect(text).not.toContain('hunter22');
    expect(text).toContain('empty (sink, RUNNING, group connect-orders-sink): no offsets');
  });

  it('that differ from a backup are shown beside it', () => {
    const differences = [{ partition: orders(0), before: at(5), after: at(7), range: null }];
    const results = [
      { name: 'a', differences, notes: ['it is of the Kafka cluster x, not of y'], error: null },
      { name: 'b', differences: [], notes: [], error: null },
    ];
    const text = offsetsDiffView.table(
      { context: 'dev', at: '2026-11-30T12:00:00.000Z', results, exitCode: 10 },
      plainStyle,
    );
    expect(text).toBe(
      [
        'a: 1 partition differs',
        'TOPIC   PARTITION  IN THE FILE  LIVE',
        'orders          0            5     7',
        '! it is of the Kafka cluster x, not of y',
        '',
        'b: the same offsets',
        '',
        'Compared with the backup of 2026-11-30T12:00:00Z',
      ].join('\n'),
    );
  });
});
