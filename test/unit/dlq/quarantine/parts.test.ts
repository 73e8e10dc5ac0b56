import { describe, expect, it } from 'vitest';
import { errorContext, failureHeaders } from '../../../../src/dlq/error-headers.ts';
import { batchSize, narrowing, narrowPatch, restoration, writeKeys } from '../../../../src/dlq/quarantine/narrowing.ts';
import { endingOf, isQuarantinePlan, type QuarantinePlan } from '../../../../src/dlq/quarantine/plan.ts';
import type { Operation, Phase } from '../../../../src/operate/journal.ts';

const POLL = 'consumer.override.max.poll.records';

describe('the keys that are set meanwhile', () => {
  const config = { name: 's', 'tasks.max': '1', [POLL]: '200', 'connection.password': '****' };
  const keys = narrowing(config);

  it('are only those that differ, with their former values', () => {
    expect(keys.find(({ key }) => key === 'tasks.max')).toBeUndefined();
    expect(keys).toContainEqual({ key: POLL, former: '200', narrowed: '1' });
    expect(keys.find(({ key }) => key.endsWith('group.protocol'))?.former).toBeNull();
    expect(JSON.stringify(keys)).not.toMatch(/password/);
  });

  it('get their former values back, or are removed again', () => {
    const { patch, foreign } = restoration({ ...config, ...narrowPatch(keys) }, keys);
    expect(foreign).toEqual([]);
    expect(patch).toMatchObject({ [POLL]: '200', 'consumer.override.group.protocol': null });
    expect(Object.keys(patch)).toHaveLength(keys.length);
  });

  it('stay as somebody else has set them, and as they are if they were never set', () => {
    const live = { ...config, ...narrowPatch(keys), [POLL]: '77' };
    expect(restoration(live, keys).foreign).toEqual([POLL]);
    expect(restoration(live, keys).patch).not.toHaveProperty([POLL]);
    expect(restoration(config, keys)).toEqual({ patch: {}, foreign: [] });
  });

  it('are written with the whole configuration before Kafka 3.8, unless it is masked', async () => {
    const written: unknown[] = [];
    const client = (live: Record<string, string>) => ({
      supports: async () => false,
      server: async () => ({ version: '3.7.0', commit: '', kafka_cluster_id: 'k' }),
      config: async () => live,
      patchConfig: async () => expect.unreachable(),
      putConfig: async (_name: string, given: unknown) => {
        written.push(given);
        return { created: false };
      },
    });
    await writeKeys('s', { a: '1', b: null }, client({ name: 's', b: '2', c: '3' }));
    expect(written).toEqual([{ a: '1', c: '3' }]);
    await expect(writeKeys('s', { a: '1' }, client(config))).rejects.toMatchObject({ code: 'CONNECT_UNSUPPORTED' });
    await writeKeys('s', {}, client(config));
    expect(written).toHaveLength(1);
  });

  it('say how far the batch that failed reaches', () => {
    expect(batchSize({})).toBe(500);
    expect(batchSize({ [POLL]: '20' })).toBe(20);
    expect(batchSize({ [POLL]: '${file:x}' })).toBe(500);
  });
});

describe('how an interrupted quarantine ends', () => {
  const operation = (phase: Phase): Operation<QuarantinePlan> => ({
    version: 1,
    kind: 'dlq',
    what: 'quarantine refused records',
    connector: 's',
    connectorClass: 'C',
    place: { cluster: 'k', context: 'c', urls: [] },
    at: '',
    who: '',
    former: 'PAUSED',
    phase,
    plan: { narrowed: [], pending: null },
  });
  const there = { connectorClass: 'C', state: 'RUNNING' as const };

  it.each<[Phase, string]>([
    ['stopping', 'restore'],
    ['changing', 'undo'],
    ['restoring', 'restore'],
  ])('%s: %s', (phase, act) => {
    expect(endingOf(operation(phase), there, false)).toEqual({ act });
    expect(endingOf(operation(phase), there, true)).toEqual({ act: 'forget' });
    expect(endingOf(operation(phase), undefined, false)).toMatchObject({ act: 'refuse' });
    expect(endingOf(operation(phase), { ...there, connectorClass: 'D' }, false)).toMatchObject({ act: 'refuse' });
  });
});

it('a plan in the journal is read only if it is whole', () => {
  const plan = {
    narrowed: [{ key: 'k', former: null, narrowed: '1' }],
    pending: { topic: 't', topicId: 'i', partition: 0, offset: 3, queue: 'q', queueId: 'j' },
  };
  expect(isQuarantinePlan(plan)).toBe(true);
  expect(isQuarantinePlan({ ...plan, pending: null })).toBe(true);
  for (const broken of [
    null,
    {},
    { ...plan, pending: undefined },
    { ...plan, narrowed: [{ key: 'k', narrowed: '1' }] },
    { ...plan, pending: { ...plan.pending, offset: '3' } },
  ])
    expect(isQuarantinePlan(broken), JSON.stringify(broken)).toBe(false);
});

describe('the headers of a copy', () => {
  const trace = `org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.
	at org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:635)
Caused by: org.apache.kafka.connect.errors.ConnectException: JDBC sink
 failure
	at a.B.put(B.java:1)
	... 11 more
Caused by: org.postgresql.util.PSQLException: ERROR: no
	at c.D.e(D.java:2)
`;
  const of = { topic: 't', partition: 2, offset: 7, connector: 's', task: 0, trace };
  const texts = (given: typeof of) =>
    new Map(failureHeaders(given).map(([name, value]) => [name.toString(), value?.toString() ?? null]));

  it('are those of Connect, with the exception of the sink', () => {
    const headers = texts(of);
    expect(headers.get('__connect.errors.exception.class.name')).toBe(
      'org.apache.kafka.connect.errors.ConnectException',
    );
    expect(headers.get('__connect.errors.exception.message')).toBe('JDBC sink\n failure');
    expect(headers.get('__connect.errors.exception.stacktrace')).toMatch(/^org.*JDBC sink\n failure\n\tat a\.B/s);
    expect(errorContext(failureHeaders(of))).toMatchObject({
      ...{ topic: 't', partition: 2, offset: 7, connector: 's', task: 0, stage: 'TASK_PUT' },
      cause: 'PSQLException: ERROR: no',
    });
  });

  it('are complete without a message or a trace', () => {
    const bare = texts({ ...of, trace: 'java.lang.NullPointerException\n\tat a.B.c(B.java:1)' });
    expect(bare.get('__connect.errors.exception.class.name')).toBe('java.lang.NullPointerException');
    expect(bare.get('__connect.errors.exception.message')).toBeNull();
    expect(texts({ ...of, trace: '' }).get('__connect.errors.exception.class.name')).toBeNull();
  });
});
