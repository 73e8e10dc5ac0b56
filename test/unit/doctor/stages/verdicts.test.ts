import { describe, expect, it } from 'vitest';
import type { StageVerdict } from '../../../../src/doctor/model.ts';
import { verdict } from '../../../../src/doctor/model.ts';
import { connectorVerdict } from '../../../../src/doctor/stages/connector.ts';
import { databaseVerdict, type Reached } from '../../../../src/doctor/stages/database.ts';
import { groupVerdict } from '../../../../src/doctor/stages/group.ts';
import { logVerdict, MUCH_LOG, type SourceState } from '../../../../src/doctor/stages/log.ts';
import { type RecordFacts, recordsVerdict } from '../../../../src/doctor/stages/records.ts';
import { type TargetSample, targetVerdict } from '../../../../src/doctor/stages/target.ts';
import { type TopicsFacts, topicsVerdict } from '../../../../src/doctor/stages/topics.ts';
import { awaitedTopics } from '../../../../src/doctor/topics.ts';
import type { ConnectorReport } from '../../../../src/monitor/health.ts';
import type { PartitionLag } from '../../../../src/ports/kafka.ts';
import { type LockWait, type LogFacts, NO_LOG, type TableWrites } from '../../../../src/preflight/live-checks.ts';
import { type SnapshotState, snapshotState } from '../../../../src/sources/snapshot-state.ts';
import { connectorReport } from '../../../helpers/status-report.ts';

type State = StageVerdict['state'];

describe('the database of a connector', () => {
  const reached: Reached = { outcome: 'reached', product: 'X', version: '1' };
  const failed = (kind: 'refused' | 'login' | 'away' | 'other'): Reached => ({
    outcome: 'failed',
    reason: 'why',
    hint: null,
    kind,
  });
  const runs = { name: 'c', active: true, cannotReach: null };
  const cannot = { ...runs, cannotReach: 'Connection refused' };
  const cases: [string, Reached, typeof runs | typeof cannot, boolean, State][] = [
    ['answers', reached, runs, false, 'ok'],
    ['answers here, but the connector says that it could not reach it', reached, cannot, false, 'warning'],
    ['is not known, and the connector runs', { outcome: 'skipped', reason: 'r' }, runs, false, 'unknown'],
    ['is not known, and the connector cannot reach it', { outcome: 'skipped', reason: 'r' }, cannot, false, 'stuck'],
    ['refuses connections on the machine of the worker', failed('refused'), runs, true, 'stuck'],
    ['refuses them, and nothing is to run', failed('refused'), { ...runs, active: false }, true, 'warning'],
    ['refuses connections from here', failed('refused'), runs, false, 'warning'],
    ['does not answer from here', failed('away'), runs, false, 'unknown'],
    // A timeout says nothing about the worker, wherever both are.
    ['does not answer on the machine of the worker', failed('away'), runs, true, 'unknown'],
    ['lets nobody in from here', failed('login'), runs, true, 'unknown'],
    ['cannot be read for another reason', failed('other'), runs, true, 'unknown'],
    ['cannot be reached by either', failed('away'), cannot, false, 'stuck'],
  ];
  it.each(cases)('%s', (_what, facts, connector, near, state) => {
    const found = databaseVerdict('db:1/x', facts, connector, near);
    expect(found.state).toBe(state);
    // What is not fine has a reason.
    if (state !== 'ok') expect(`${found.message} ${found.cause}`).toMatch(/not read: r|why|Connection refused/);
  });
});

describe('the place in the log', () => {
  const running: SourceState = { name: "it's", active: true, runs: true, snapshot: 'done' };
  const paused: SourceState = { name: 'src', active: false, runs: false, snapshot: 'done' };
  const failed: SourceState = { name: 'src', active: true, runs: false, snapshot: 'done' };
  const log = (more: Partial<LogFacts>): LogFacts => ({ ...NO_LOG, name: 'the slot s', position: '1', ...more });
  const cases: [string, Partial<LogFacts>, Partial<LogFacts> | undefined, SourceState, State][] = [
    ['moves', { active: true }, { active: true, position: '2' }, running, 'ok'],
    ['does not move, and little waits', { active: true, behind: 40 }, { active: true, behind: 40 }, running, 'idle'],
    [
      'does not move, and what waits may be for it',
      { behind: 20 * 1024 ** 2 },
      { behind: 20 * 1024 ** 2 },
      running,
      'unknown',
    ],
    ['does not move, and much waits', { behind: MUCH_LOG + 1 }, { behind: MUCH_LOG + 1 }, running, 'warning'],
    ['does not move, and much is retained', { retained: MUCH_LOG + 1 }, { retained: MUCH_LOG + 1 }, running, 'warning'],
    ['does not exist', { exists: false }, { exists: false }, running, 'stuck'],
    ['disappeared meanwhile', {}, { exists: false }, running, 'stuck'],
    ['does not exist, and nothing is to run', { exists: false }, undefined, paused, 'warning'],
    ['has lost what the source needs', { broken: 'lost' }, { broken: 'lost' }, running, 'stuck'],
    ['is read by nobody although the source runs', { active: false }, { active: false }, running, 'stuck'],
    ['has just lost its reader', { active: true }, { active: false }, running, 'unknown'],
    ['has just lost its reader, which has failed', { active: true }, { active: false }, failed, 'warning'],
    ['is read by nobody as the source has failed', { active: false }, { active: false }, failed, 'warning'],
    ['is read by nobody on purpose', { active: false, retained: 5 }, { active: false, retained: 5 }, paused, 'warning'],
    [
      'is not known',
      { position: null, unknown: 'no right' },
      { position: null, unknown: 'no right' },
      running,
      'unknown',
    ],
    ['has no position', { position: null }, { position: null }, running, 'unknown'],
    ['is known once only', { active: true }, undefined, running, 'idle'],
  ];
  it.each(cases)('%s', (_what, first, last, source, state) => {
    expect(logVerdict(log(first), last && log(last), source).state).toBe(state);
  });

  const gone = { exists: false };
  const unread = { active: false };
  it.each<[string, Partial<LogFacts>, SourceState, State]>([
    ['is read by nobody during the first snapshot', unread, { ...running, snapshot: 'none' }, 'unknown'],
    ['is read by nobody during a snapshot', unread, { ...running, snapshot: 'running' }, 'unknown'],
    ['is read by nobody, and who knows why', unread, { ...running, snapshot: null }, 'unknown'],
    ['is for a source that never reads it', gone, { ...running, snapshot: 'never' }, 'unknown'],
    ['does not exist yet', gone, { ...running, snapshot: 'none' }, 'unknown'],
    ['does not exist, as the first task failed', gone, { ...failed, snapshot: 'none' }, 'unknown'],
    ['does not exist, and no offset could be read', gone, { ...running, snapshot: null }, 'stuck'],
    ['does not move before the end of a snapshot', { behind: 0 }, { ...running, snapshot: 'running' }, 'unknown'],
    ['is quiet, and has no offset', { active: true, behind: 0 }, { ...running, snapshot: 'none' }, 'idle'],
  ])('%s', (_what, facts, source, state) => {
    // A restart begins a snapshot again, and a reset one that may take hours.
    expect(logVerdict(log(facts), log(facts), source)).toMatchObject({
      state,
      ...(state === 'unknown' && { command: null }),
    });
  });

  it.each<[string, Record<string, string>, (object | null)[] | undefined, SnapshotState]>([
    ['no offset', {}, [], 'none'],
    ['an offset that was reset', {}, [null], 'none'],
    ['offsets that were not read', {}, undefined, null],
    ['PostgreSQL, at work', {}, [{ snapshot: 'INITIAL', last_snapshot_record: false }], 'running'],
    ['PostgreSQL, done', {}, [{ snapshot: 'INITIAL', last_snapshot_record: true }], 'done'],
    ['SQL Server, at work', {}, [{ snapshot: true, snapshot_completed: false }], 'running'],
    ['SQL Server, done', {}, [{ snapshot: true, snapshot_completed: true }], 'done'],
    ['the log', {}, [{ lsn: 1 }], 'done'],
    ['the log, perhaps of the run before', { 'snapshot.mode': 'always' }, [{ lsn: 1 }], null],
    ['one snapshot and nothing else', { 'snapshot.mode': 'initial_only' }, [{ lsn: 1 }], 'never'],
  ])('a snapshot is told by the offsets: %s', (_what, config, offsets, state) => {
    const committed = offsets?.map((offset) => ({ partition: {}, offset: offset as Record<string, unknown> | null }));
    expect(snapshotState(config, committed)).toBe(state);
  });

  it('says since when nobody reads, how much is retained, and a command that can be pasted', () => {
    const since = '2026-01-01T00:00:00.000Z';
    const found = logVerdict(log({ active: false, retained: 3 * 1024 ** 2, inactiveSince: since }), undefined, running);
    expect(found).toMatchObject({ since, details: ['the server retains 3.0 MiB of log for it'] });
    expect(logVerdict(log({ exists: false }), undefined, running).command).toContain(`offsets reset 'it'\\''s'`);
  });

  it('has the statement of the engine instead of a new snapshot', () => {
    const found = logVerdict(log({ broken: 'the agent is stopped', statement: 'START;' }), undefined, running);
    expect(found).toMatchObject({ statement: 'START;', command: null });
  });
});

describe('a connector', () => {
  const task = (id: number, state: string, cause: string | null = null) => ({
    id,
    state,
    worker: 'w',
    cause,
    trace: cause,
  });
  const report = (state: string | null, tasks: ReturnType<typeof task>[], more: Partial<ConnectorReport> = {}) =>
    connectorReport('c', {
      state,
      taskList: tasks,
      tasks: { running: tasks.filter((one) => one.state === 'RUNNING').length, total: tasks.length, maximum: 1 },
      ...more,
    });
  it.each<[string, ConnectorReport, State, string | null]>([
    ['runs', report('RUNNING', [task(0, 'RUNNING')]), 'ok', null],
    ['has no status', report(null, []), 'unknown', null],
    ['is paused', report('PAUSED', [task(0, 'PAUSED')]), 'inactive', 'sluice resume c'],
    ['is stopped', report('STOPPED', []), 'inactive', 'sluice resume c'],
    ['has failed', report('FAILED', [], { cause: 'X' }), 'stuck', 'sluice restart c `failed: true`'],
    [
      'has a failed task',
      report('RUNNING', [task(0, 'RUNNING'), task(1, 'FAILED', 'X')]),
      'stuck',
      'sluice restart c `failed: true`',
    ],
    ['has no worker', report('UNASSIGNED', []), 'stuck', 'sluice workers'],
    ['has no task', report('RUNNING', []), 'stuck', 'sluice restart c'],
    ['has a task without a worker', report('RUNNING', [task(0, 'UNASSIGNED')]), 'stuck', 'sluice workers'],
    ['has a task that restarts', report('RUNNING', [task(0, 'RESTARTING')]), 'unknown', null],
    ['is in another state', report('RESTARTING', [task(0, 'RUNNING')]), 'unknown', null],
  ])('%s', (_what, facts, state, next) => {
    expect(connectorVerdict(facts)).toMatchObject({ state, command: next });
  });

  it('has the cause of the first task, and the others', () => {
    const facts = report('RUNNING', [task(0, 'FAILED', 'A'), task(1, 'FAILED', 'A'), task(2, 'FAILED', 'B')]);
    expect(connectorVerdict(facts)).toMatchObject({
      message: 'tasks 0, 1, 2 have FAILED; 0 of 3 tasks running',
      cause: 'A',
      details: ['B'],
    });
  });
});

describe('the topics', () => {
  const topic = (ends: [number, number], lastRecord: string | null = null) => ({
    topic: 't',
    ends,
    start: 0,
    lastRecord,
  });
  const facts = (more: Partial<TopicsFacts>): TopicsFacts => ({
    missing: [],
    found: [],
    unmatched: [],
    awaited: [],
    seconds: 2,
    ...more,
  });
  it.each<[string, TopicsFacts, State, string]>([
    ['get records', facts({ found: [topic([3, 5])] }), 'ok', '2 records arrived in 2 s'],
    ['get none', facts({ found: [topic([3, 3])] }), 'idle', 'no record arrived in 2 s'],
    ['do not exist', facts({ missing: ['a', 'b'] }), 'stuck', 'the topics a, b do not exist'],
    ['does not exist', facts({ missing: ['a'] }), 'stuck', 'the topic a does not exist'],
    ['match nothing', facts({ unmatched: ['x.*'] }), 'stuck', 'no topic matches x.*'],
    ['lack one', facts({ missing: ['a'], found: [topic([0, 1])] }), 'warning', 'a topic does not exist: a'],
    ['does not exist yet', facts({ missing: ['a'], awaited: ['a'] }), 'unknown', 'the topic a does not exist yet'],
    ['match nothing yet', facts({ unmatched: ['x'], awaited: ['x'] }), 'unknown', 'no topic matches x yet'],
    ['do not exist, one yet', facts({ missing: ['a', 'b'], awaited: ['a'] }), 'stuck', 'the topics a, b do not exist'],
    [
      'are written but for one',
      facts({ missing: ['a'], awaited: ['a'], found: [topic([1, 1])] }),
      'idle',
      'no record arrived in 2 s',
    ],
    ['were never written', facts({}), 'idle', 'the source has not written to any topic'],
    // A topic that was made again in between begins at 0.
    ['lose records', facts({ found: [topic([9, 1])] }), 'idle', 'no record arrived in 2 s'],
  ])('%s', (_what, given, state, message) => {
    expect(topicsVerdict(given)).toMatchObject({ state, message });
  });

  it('say since when nothing arrives', () => {
    const since = '2026-01-01T00:00:00.000Z';
    expect(topicsVerdict(facts({ found: [topic([3, 3], since)] })).since).toBe(since);
    expect(topicsVerdict(facts({ found: [topic([3, 4], since)] })).since).toBeNull();
  });
});

describe('the consumer group', () => {
  const lag = (partition: number, committed: number | null, end: number): PartitionLag => ({
    topic: 't',
    partition,
    committed,
    end,
    lag: end - (committed ?? 0),
  });
  const group = (members: number | null, more: Partial<ConnectorReport> = {}) =>
    connectorReport('c', {
      tasks: { running: 1, total: 1, maximum: 1 },
      group: { id: 'g', checked: members !== null, state: 'Stable', members, lag: 0, standing: 0 },
      ...more,
    });
  const since = '2026-01-01T00:00:00.000Z';
  it.each<[string, ConnectorReport, PartitionLag[] | undefined, PartitionLag[], State]>([
    ['has read everything', group(1), [lag(0, 5, 5)], [lag(0, 5, 5)], 'idle'],
    ['moves', group(1), [lag(0, 3, 9)], [lag(0, 5, 9)], 'ok'],
    ['moves in one partition', group(1), [lag(0, 3, 9), lag(1, 1, 1)], [lag(0, 3, 9), lag(1, 2, 2)], 'ok'],
    ['does not move, too early to tell', group(1), [lag(0, 3, 9)], [lag(0, 3, 9)], 'unknown'],
    [
      'is stalled',
      group(1, { health: 'degraded', stalled: true, reasons: ['r'] }),
      [lag(0, 3, 9)],
      [lag(0, 3, 9)],
      'stuck',
    ],
    [
      'is behind by too much, and moves',
      group(1, { health: 'degraded', reasons: ['r'] }),
      [lag(0, 3, 9)],
      [lag(0, 4, 9)],
      'ok',
    ],
    [
      'is behind by too much',
      group(1, { health: 'degraded', reasons: ['r'] }),
      [lag(0, 3, 9)],
      [lag(0, 3, 9)],
      'warning',
    ],
    ['has no member', group(0), [lag(0, 5, 5)], [lag(0, 5, 5)], 'stuck'],
    ['lacks members', group(1, { tasks: { running: 2, total: 2, maximum: 2 } }), [], [lag(0, 1, 1)], 'stuck'],
    [
      'belongs to a paused sink',
      group(0, { state: 'PAUSED', tasks: { running: 0, total: 1, maximum: 1 } }),
      [],
      [lag(0, 1, 2)],
      'inactive',
    ],
    [
      'has nobody to read what waits',
      group(0, { tasks: { running: 0, total: 1, maximum: 1 } }),
      [],
      [lag(0, 1, 2)],
      'stuck',
    ],
    ['was not asked about', group(null), [], [], 'unknown'],
    ['could not be asked about', group(1), undefined, [], 'unknown'],
    ['has no partition', group(1), [], [], 'idle'],
  ])('%s', (_what, report, before, now, state) => {
    const partitions = before === undefined ? undefined : ([before, now] as const);
    expect(groupVerdict({ report, partitions, waitingSince: since, seconds: 2 }).state).toBe(state);
  });

  it('has the lag of each partition, and since when a record waits', () => {
    const partitions = [[], [lag(0, 3, 9), lag(1, null, 2), lag(2, 4, 4)]] as const;
    const found = groupVerdict({ report: group(1), partitions, waitingSince: since, seconds: 2 });
    expect(found).toMatchObject({
      since,
      details: ['t-0: 6 behind (committed 3, end 9)', 't-1: 2 behind (committed nothing, end 2)'],
    });
  });
});

describe('records', () => {
  const REFUSED =
    'org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.\n\tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:644)\nCaused by: org.postgresql.util.PSQLException: ERROR: new row for relation "items" violates check constraint "good"';
  const away = REFUSED.replace(/Caused by.*/, 'Caused by: java.net.ConnectException: Connection refused');
  const task = (trace: string) => ({ id: 0, state: 'FAILED', cause: 'cause', trace });
  const facts = (more: Partial<RecordFacts>): RecordFacts => ({
    name: 'c',
    taskList: [],
    partitions: [],
    waitingSince: null,
    queue: null,
    problems: [],
    ...more,
  });
  const queue = (records: number | null, lastHour: number | null) => ({ topic: 'q', records, lastHour });
  it.each<[string, RecordFacts, State, string | null]>([
    ['none is refused', facts({}), 'ok', null],
    ['one is refused', facts({ taskList: [task(REFUSED)] }), 'stuck', 'sluice dlq quarantine c `dryRun: true`'],
    ['none is refused if the target is away', facts({ taskList: [task(away)] }), 'ok', null],
    ['a task that runs refuses none', facts({ taskList: [{ ...task(REFUSED), state: 'RUNNING' }] }), 'ok', null],
    ['dead letters arrive', facts({ queue: queue(9, 2) }), 'warning', 'sluice dlq show c'],
    ['old dead letters are kept', facts({ queue: queue(9, 0) }), 'ok', 'sluice dlq show c'],
    ['the queue is empty', facts({ queue: queue(0, 0) }), 'ok', null],
    ['the queue was not read', facts({ queue: queue(null, null) }), 'unknown', null],
    ['failed records are dropped', facts({ problems: [{ kind: 'dropped', message: 'm' }] }), 'warning', null],
  ])('%s', (_what, given, state, next) => {
    expect(recordsVerdict(given)).toMatchObject({ state, command: next });
  });

  it('say where the refused one is', () => {
    const at = (partition: number, lag: number) => ({ topic: 't', partition, committed: 3, end: 3 + lag, lag });
    const of = (...partitions: PartitionLag[]) =>
      recordsVerdict(facts({ taskList: [task(REFUSED)], partitions })).details;
    expect(of(at(0, 0), at(1, 2))).toEqual(['it is in t-1 at offset 3 or after']);
    expect(of(at(0, 1), at(1, 2))).toEqual(['it is in one of: t-0 at offset 3 or after, t-1 at offset 3 or after']);
    expect(of()).toEqual([]);
  });
});

it.each<[string, Record<string, string>, string[], boolean]>([
  ['captures its table', { 'topic.prefix': 'p', 'table.include.list': 's.t' }, [], true],
  ['captures every table', { 'topic.prefix': 'p' }, [], true],
  ['has the database in its topics', { 'topic.prefix': 'p', 'table.include.list': 't' }, [], true],
  ['captures others', { 'topic.prefix': 'p', 'table.include.list': 's.other' }, [], false],
  ['has another prefix', { 'topic.prefix': 'q' }, [], false],
  ['has written it', { 'topic.prefix': 'p' }, ['p.s.t'], false],
])('a topic is awaited of a source that %s: %o %s', (_what, config, used, expected) => {
  expect(awaitedTopics({ missing: ['p.s.t'], unmatched: [] }, [config], used)).toEqual(expected ? ['p.s.t'] : []);
});

it('an expression is awaited if there is a source for it', () => {
  expect(awaitedTopics({ missing: [], unmatched: ['p.*'] }, [{}], [])).toEqual(['p.*']);
  expect(awaitedTopics({ missing: [], unmatched: ['p.*'] }, [], [])).toEqual([]);
});

describe('the target', () => {
  const answers = verdict('ok', 'db answers');
  const wait = (session: string, blocker: string | null): LockWait => ({
    session,
    table: 's.t',
    since: '2026-01-01T00:00:00.000Z',
    blocker:
      blocker === null
        ? null
        : {
            session: blocker,
            user: 'u',
            program: 'psql',
            state: 'idle in transaction',
            since: '2026-01-01T00:00:00.000Z',
          },
    statement: blocker === null ? null : `END ${blocker};`,
  });
  const table = (more: Partial<TableWrites>): TableWrites => ({
    schema: 's',
    name: 't',
    exists: true,
    written: null,
    lastWritten: null,
    ...more,
  });
  const sample = (waits: LockWait[], writes: TableWrites[] = []): TargetSample => ({ waits, writes });
  it.each<[string, TargetSample, TargetSample | undefined, State]>([
    ['takes rows', sample([]), sample([]), 'ok'],
    ['is locked at both samples', sample([wait('1', '2')]), sample([wait('1', '2')]), 'stuck'],
    ['was locked for a moment', sample([wait('1', '2')]), sample([]), 'ok'],
    ['is locked by another now', sample([wait('1', '2')]), sample([wait('1', '3')]), 'ok'],
    ['is locked since a moment ago', sample([]), sample([wait('1', '2')]), 'ok'],
    ['has locks that this user may not see', { waits: null, writes: [] }, { waits: null, writes: [] }, 'unknown'],
    ['is locked by nobody who is known', sample([wait('1', null)]), sample([wait('1', null)]), 'stuck'],
  ])('%s', (_what, first, last, state) => {
    expect(targetVerdict(answers, first, last, 2, 'unknown').state).toBe(state);
  });

  it('says who has the lock, since when, and how to end it', () => {
    const both = sample([wait('1', '2'), wait('3', '2'), wait('4', '5')]);
    expect(targetVerdict(answers, both, both, 2, 'stuck')).toMatchObject({
      message: "3 sessions of the sink's user wait for a lock of s.t that session 2 has",
      cause: 'user u, program psql, idle in transaction, transaction since 2026-01-01T00:00:00Z',
      statement: 'END 2;',
      details: [expect.stringContaining('session 5, too')],
    });
  });

  it.each<[State, State]>([
    ['unknown', 'stuck'],
    ['warning', 'stuck'],
    ['ok', 'warning'],
    // It may be a session of another connector.
    ['idle', 'ok'],
    ['inactive', 'ok'],
  ])('is locked for a group that is %s: %s', (group, state) => {
    const both = sample([wait('1', '2')]);
    const found = targetVerdict(answers, both, both, 2, group);
    expect(found.state).toBe(state);
    expect([found.message, ...found.details].join()).toContain(`the sink's user waits for a lock of s.t`);
    expect(found.statement).toBe(state === 'ok' ? null : 'END 2;');
  });

  it('says what is known of the last write, and what is not', () => {
    const details = (first: TableWrites, last: TableWrites) =>
      targetVerdict(answers, sample([], [first]), sample([], [last]), 2, 'idle').details;
    expect(details(table({ written: 1 }), table({ written: 3 }))).toEqual([
      's.t: 2 more rows counted in 2 s',
      'when a table was last written, this server does not tell',
    ]);
    expect(details(table({ written: 3 }), table({ written: 3 }))[0]).toBe('s.t: no write counted in 2 s');
    expect(details(table({}), table({}))[0]).toBe('s.t: its writes are not known');
    expect(details(table({}), table({ lastWritten: '2026' }))).toEqual(['s.t: last written 2026']);
    expect(details(table({}), table({ exists: false }))).toEqual(['not there yet, or not visible: s.t']);
  });
});
