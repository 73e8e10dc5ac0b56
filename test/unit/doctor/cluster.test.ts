import { describe, expect, it } from 'vitest';
import type { ListedConnector } from '../../../src/connect/types.ts';
import { statusFindings, worstFirst } from '../../../src/doctor/cluster.ts';
import { comparedFindings } from '../../../src/doctor/compared.ts';
import { configFindings, queueFindings } from '../../../src/doctor/configs.ts';
import { permissionFindings, versionFindings } from '../../../src/doctor/local.ts';
import { clockFindings, retainedFindings } from '../../../src/doctor/logs.ts';
import { finding } from '../../../src/doctor/model.ts';
import { SchemaStore } from '../../../src/schemas/store.ts';
import type { SnapshotState } from '../../../src/sources/snapshot-state.ts';
import type { ReconcileRun, ReconcileRunTable } from '../../../src/store/comparisons.ts';
import { connectorReport } from '../../helpers/status-report.ts';

function listed(name: string, config: Record<string, string>, type: 'source' | 'sink' = 'sink'): ListedConnector {
  return { name, info: { name, config, tasks: [], type }, status: null };
}

describe('the health of connectors', () => {
  const REFUSED =
    'X\n\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(W.java:1)\nCaused by: P: ERROR: value too long for type';
  const task = (trace: string) => ({ id: 0, state: 'FAILED', worker: 'w', cause: 'P: value too long', trace });
  const checks = (...reports: Parameters<typeof connectorReport>[1][]) =>
    statusFindings({ connectors: reports.map((one, index) => connectorReport(`c${index}`, one)) }).map(
      ({ check, severity, command }) => [check, severity, command],
    );

  it.each<[string, Parameters<typeof connectorReport>[1], unknown[]]>([
    ['healthy', {}, []],
    ['paused on purpose', { health: 'paused' }, []],
    ['stalled', { health: 'degraded', stalled: true, reasons: ['r'] }, [['stalled', 'error', 'sluice doctor c0']]],
    [
      'failed',
      { health: 'failed', reasons: ['task 0 has FAILED'], taskList: [task('X')] },
      [['failed', 'error', 'sluice restart c0 `failed: true`']],
    ],
    [
      'stopped by a record',
      { health: 'failed', reasons: ['task 0 has FAILED'], taskList: [task(REFUSED)] },
      [['refused-record', 'error', 'sluice dlq quarantine c0 `dryRun: true`']],
    ],
    ['without a member', { health: 'failed', reasons: ['r'] }, [['failed', 'error', 'sluice doctor c0']]],
    ['unclear', { health: 'unknown', reasons: ['r'] }, [['unclear', 'note', 'sluice doctor c0']]],
    // Stated once, not for each.
    [
      'unknown without Kafka',
      {
        health: 'unknown',
        reasons: ['r'],
        group: { id: 'g', checked: false, state: null, members: null, lag: null, standing: 0 },
      },
      [],
    ],
  ])('%s', (_what, report, expected) => {
    expect(checks(report)).toEqual(expected);
  });
});

it('what is wrong comes first, in the order of the checks', () => {
  const sorted = worstFirst([
    finding('note', 'unclear', [], ''),
    finding('warning', 'clock', [], ''),
    finding('error', 'stalled', ['b'], ''),
    finding('error', 'stalled', ['a'], ''),
    finding('error', 'failed', ['z'], ''),
  ]);
  expect(sorted.map(({ check, connectors }) => [check, ...connectors].join(' '))).toEqual([
    'failed z',
    'stalled a',
    'stalled b',
    'clock',
    'unclear',
  ]);
});

describe('configurations', () => {
  const config = {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    topics: 't',
    file: '/tmp/x',
    'batch.sice': '1',
    'my.password': 'hunter22',
  };
  const find = (more: Record<string, string>, policy = {}) =>
    configFindings([listed('c', { ...config, ...more })], new SchemaStore(), policy);

  it('name keys without effect, and secrets in clear text, but not the secret', () => {
    const found = find({});
    expect(found.map(({ check, severity }) => [check, severity])).toEqual([
      ['ignored-keys', 'warning'],
      ['secret-in-clear', 'warning'],
    ]);
    expect(JSON.stringify(found)).toContain('batch.sice');
    expect(JSON.stringify(found)).not.toContain('hunter22');
  });

  it('name secrets in clear text once for all connectors, with the keys of each', () => {
    const names = Array.from({ length: 12 }, (_none, index) => `c${index}`);
    const found = configFindings(
      names.map((name) => listed(name, { ...config, 'batch.sice': '' })),
      new SchemaStore(),
      { rules: { 'unknown-key': 'off' } },
    );
    expect(found.map(({ check, connectors }) => [check, connectors])).toEqual([['secret-in-clear', names]]);
    expect(found[0]?.details).toHaveLength(11);
    expect(found[0]?.details[0]).toBe('c0: my.password');
    expect(found[0]?.details.at(-1)).toBe('and 2 more connectors');
  });

  it.each(['${file:/x:y}', '********', '[hidden]'])('take %s for no secret', (value) => {
    expect(find({ 'my.password': value }).some(({ check }) => check === 'secret-in-clear')).toBe(false);
  });

  it('have the severities and silences of the project', () => {
    expect(
      find({}, { rules: { 'unknown-key': 'off', 'secret-in-clear': 'note' } }).map(({ severity }) => severity),
    ).toEqual(['note']);
    const silence = [
      { rule: 'unknown-key', reason: 'r' },
      { rule: 'secret-in-clear', connector: 'c', reason: 'r' },
    ];
    expect(find({}, { silence })).toEqual([]);
  });
});

it('sinks without a queue are one piece of advice, sinks that drop records a warning', () => {
  const found = queueFindings([
    listed('a', {}),
    listed('b', {}),
    listed('c', { 'errors.tolerance': 'all' }),
    listed('d', { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'q' }),
    listed('e', {}, 'source'),
  ]);
  expect(found.map(({ check, severity, connectors }) => [check, severity, ...connectors])).toEqual([
    ['records-dropped', 'warning', 'c'],
    ['no-dead-letter-queue', 'note', 'a', 'b'],
  ]);
});

describe('comparisons', () => {
  const source = listed(
    'src',
    { 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector', 'topic.prefix': 'p' },
    'source',
  );
  const sink = listed('snk', {
    'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
    'topics.regex': 'p\\..*',
  });
  const topics = ['p.s.a', 'p.s.b'];
  const now = new Date('2026-03-01T00:00:00Z');
  const run = (
    at: string,
    tables: [string, ReconcileRunTable['verdict']][],
    verdict: ReconcileRun['verdict'] = 'equal',
  ) =>
    ({
      at,
      connector: 'snk',
      verdict,
      tables: tables.map(([name, of]) => ({ source: name, target: `t.${name}`, verdict: of })),
    }) as ReconcileRun;
  const both: [string, ReconcileRunTable['verdict']][] = [
    ['s.a', 'equal'],
    ['s.b', 'equal'],
  ];
  const find = (runs: ReconcileRun[] | undefined, known: string[] | undefined = topics) =>
    comparedFindings([source, sink], known, runs, now).map(({ check, severity, message, details }) => [
      check,
      severity,
      message,
      ...details,
    ]);

  it.each<[string, ReconcileRun[] | undefined, unknown[][]]>([
    ['none', [], [['tables-not-compared', 'note', 'never compared with the source from this machine']]],
    ['not readable', undefined, []],
    ['all equal', [run('2026-02-27T00:00:00Z', both)], []],
    [
      'each alone',
      [run('2026-02-27T00:00:00Z', [['s.a', 'equal']]), run('2026-02-26T00:00:00Z', [['s.b', 'equal']])],
      [],
    ],
    [
      'one left out',
      [run('2026-02-27T00:00:00Z', [['s.a', 'equal']])],
      [['tables-not-compared', 'note', 'a table was never compared from this machine', 's.b']],
    ],
    [
      'long ago',
      [run('2025-12-01T00:00:00Z', both)],
      [['tables-not-compared', 'note', 'last compared with the source more than 30 days ago']],
    ],
    [
      'different',
      [
        run(
          '2026-02-27T00:00:00Z',
          [
            ['s.a', 'different'],
            ['s.b', 'equal'],
          ],
          'different',
        ),
      ],
      [['tables-differ', 'warning', 'the last comparison found differences', 't.s.a']],
    ],
    [
      'undetermined',
      [run('2026-02-27T00:00:00Z', both, 'undetermined')],
      [['tables-not-compared', 'note', 'the last comparison came to no final verdict', 'verdict: undetermined']],
    ],
    [
      'different once, equal since',
      [run('2026-02-28T00:00:00Z', both), run('2026-02-27T00:00:00Z', both, 'different')],
      [],
    ],
    [
      'failed as a whole',
      [run('2026-02-27T00:00:00Z', [], null)],
      [['tables-not-compared', 'note', 'never compared with the source from this machine']],
    ],
  ])('%s', (_what, runs, expected) => {
    expect(find(runs)).toEqual(expected);
  });

  it('of a sink whose topics are not known count as a whole', () => {
    expect(find([run('2026-02-27T00:00:00Z', [['s.a', 'equal']])], [])).toEqual([]);
  });
});

describe('what a server retains', () => {
  const slot = (more: object) => ({
    name: 'the slot s',
    isOf: (config: Readonly<Record<string, string>>) => config['slot.name'] === 's',
    statement: 'DROP s;',
    active: true,
    retained: 2048,
    inactiveSince: null,
    lost: false,
    ...more,
  });
  const own = [listed('src', { 'slot.name': 's' }, 'source')];
  const find = (more: object, sources = own) =>
    retainedFindings([slot(more)], sources, 'db').map(({ check, severity, connectors, statement, command }) => [
      check,
      severity,
      connectors.join(),
      statement ?? command,
    ]);
  it.each<[string, object, ListedConnector[], unknown[][]]>([
    ['is little, for a reader', {}, own, []],
    [
      'is much, for a reader',
      { retained: 2 * 1024 ** 3 },
      own,
      [['log-retained', 'warning', 'src', 'sluice doctor src']],
    ],
    [
      'is for a source that does not read',
      { active: false },
      own,
      [['log-retained', 'warning', 'src', 'sluice doctor src']],
    ],
    ['is for nobody of this cluster', { active: false }, [], [['log-retained', 'warning', '', 'DROP s;']]],
    ['is lost', { lost: true, active: false }, own, [['log-lost', 'error', 'src', 'sluice doctor src']]],
  ])('%s', (_what, more, sources, expected) => {
    expect(find(more, sources)).toEqual(expected);
  });

  it.each<[SnapshotState, number, string | undefined]>([
    ['none', 2048, undefined],
    ['running', 2048, undefined],
    ['running', 2 * 1024 ** 3, 'nobody reads the slot s on db before the snapshot of src ends'],
    ['done', 2048, 'nobody reads the slot s on db, and'],
    [null, 2048, 'nobody reads the slot s on db, and'],
  ])('is no fault before a snapshot ends: %s, %i bytes', (state, retained, message) => {
    const [found] = retainedFindings([slot({ active: false, retained })], own, 'db', new Map([['src', state]]));
    if (message === undefined) expect(found).toBeUndefined();
    else expect(found?.message).toContain(message);
  });
});

it.each([
  [0, 0],
  [9_999, 0],
  [-60_000, 1],
  [60_000, 1],
  [Number.NaN, 0],
  [undefined, 0],
])('a clock that is %s ms ahead is worth %d warnings', (ahead, count) => {
  expect(clockFindings('the worker', ahead)).toHaveLength(count);
});

it.each([
  [0o600, null],
  [0o700, null],
  [0o640, 'others may read x'],
  [0o604, 'others may read x'],
  [0o602, 'others may read or change x'],
])('mode %o of a file with secrets: %s', (mode, message) => {
  const [found] = permissionFindings([{ path: "/a b/it's", what: 'x', mode }]);
  expect(found?.message ?? null).toBe(message);
  if (message !== null) expect(found?.hint).toBe(`Run: chmod go-rwx '/a b/it'\\''s'`);
});

it('an old worker lacks what newer ones have', () => {
  expect(versionFindings('4.3.1')).toEqual([]);
  expect(versionFindings('3.4.0')[0]?.details).toContain('reading offsets: from 3.5 on');
});
