import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { valueName } from '../../../src/metrics/beans.ts';
import { exporterBeans } from '../../../src/metrics/exporter.ts';
import { JOLOKIA_REQUEST, jolokiaBeans } from '../../../src/metrics/jolokia.ts';
import { jvmMetrics } from '../../../src/metrics/model.ts';

/** What real workers answered (Kafka 4.3.1, Debezium 3.5.0, Jolokia 2.2.9, JMX exporter 1.0.1). */
const answered = (name: string) => readFileSync(packagePath('test', 'fixtures', 'metrics', name), 'utf8');
const fromJolokia = (answer: unknown) => {
  const beans = jolokiaBeans(answer);
  if (beans === undefined) throw new Error('not understood');
  return jvmMetrics(beans);
};

describe('jvmMetrics', () => {
  it('reads a source and a sink from Jolokia', () => {
    const { sources, tasks, worker } = fromJolokia(JSON.parse(answered('jolokia.json')));
    expect(worker).toEqual({ rebalancing: false });
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatchObject({
      plugin: 'postgres',
      server: 'm17',
      connected: true,
      queue: { used: 0, capacity: 8192 },
      erroneous: 0,
      snapshot: { running: false, completed: true, aborted: false, tables: 1, tablesLeft: 0 },
    });
    expect(sources[0]?.snapshot?.rowsByTable).toEqual(new Map([['public.m17', 10]]));
    expect(sources[0]?.behindMs).toBeGreaterThanOrEqual(0);
    expect(tasks.map(({ connector, task }) => `${connector} ${task}`).sort()).toEqual(['m17-sink 0', 'm17-source 0']);
    for (const task of tasks)
      expect(task).toMatchObject({ failures: 0, deadLetters: 0, retries: 0, lastErrorAt: null });
  });

  it.each(['exporter.txt', 'exporter-debezium-rules.txt'])('reads the same from a JMX exporter: %s', (name) => {
    const { sources, tasks } = jvmMetrics(exporterBeans(answered(name)));
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatchObject({
      plugin: 'postgres',
      server: 'm17b',
      connected: true,
      queue: { used: 0, capacity: 8192 },
      erroneous: 0,
      snapshot: { running: false, aborted: false },
    });
    expect(sources[0]?.events?.total).toBeGreaterThan(0);
    expect(tasks.map(({ connector, task }) => `${connector} ${task}`).sort()).toEqual([
      'm17b-sink 0',
      'm17b-sink 1',
      'm17b-source 0',
    ]);
    const sink = tasks.find(({ connector, task }) => connector === 'm17b-sink' && task === 0);
    expect(sink?.written).toBe(sink?.read);
    expect(sink?.failures).toBe(0);
  });

  it('takes -1 for "not yet", and never for a time', () => {
    const beans = exporterBeans(
      'debezium_mysql_connector_metrics_MilliSecondsBehindSource{context="streaming",server="s"} -1.0\n',
    );
    expect(jvmMetrics(beans).sources[0]).toMatchObject({ behindMs: null, sinceLastEventMs: null, events: null });
  });

  it('takes the worst of the databases and tasks of one SQL Server source', () => {
    const streaming = (task: number, database: string, behind: number, since: number) =>
      [
        ['MilliSecondsBehindSource', behind],
        ['MilliSecondsSinceLastEvent', since],
        ['TotalNumberOfEventsSeen', 5],
        ['TotalNumberOfCreateEventsSeen', 3],
        ['TotalNumberOfUpdateEventsSeen', 1],
        ['TotalNumberOfDeleteEventsSeen', 1],
      ]
        .map(
          ([name, value]) =>
            `debezium_sql_server_connector_metrics_${name}{context="streaming",server="s",task="${task}",database="${database}"} ${value}`,
        )
        .join('\n');
    const connected = [1, 0]
      .map(
        (value, task) =>
          `debezium_sql_server_connector_metrics_Connected{context="streaming",server="s",task="${task}"} ${value}`,
      )
      .join('\n');
    const [source] = jvmMetrics(
      exporterBeans([streaming(0, 'a', 10, 900), streaming(1, 'b', 70_000, 20), connected].join('\n')),
    ).sources;
    expect(source).toMatchObject({
      plugin: 'sql_server',
      connected: false,
      behindMs: 70_000,
      sinceLastEventMs: 20,
      events: { total: 10, created: 6, updated: 2, deleted: 2 },
    });
  });

  it('knows nothing where an exporter leaves something out, instead of zero', () => {
    const [task] = jvmMetrics(
      exporterBeans('kafka_connect_task_error_total_retries{connector="c",task="0"} 4\n'),
    ).tasks;
    expect(task).toMatchObject({ retries: 4, deadLetters: null, failures: null, read: null, written: null });
  });
});

describe('jolokiaBeans', () => {
  it.each([
    ['another document', {}],
    ['null', null],
    ['too few answers', [{ status: 200, value: {} }]],
    ['an answer that is refused', JOLOKIA_REQUEST.map(() => ({ status: 403, error: 'Forbidden' }))],
    ['an answer of another form', JOLOKIA_REQUEST.map(() => ({ status: 200, value: 'x' }))],
    ['nothing in a place', JOLOKIA_REQUEST.map(() => null)],
  ])('is undefined for %s', (_, answer) => expect(jolokiaBeans(answer)).toBeUndefined());

  it('reads names of connectors with commas, quotes and line breaks, and ignores anything but numbers', () => {
    const answer = [
      { status: 404 },
      {
        status: 200,
        value: {
          'kafka.connect:connector="a,b=\\"c\\\\n\\n\\*",task=3,type=task-error-metrics': {
            'total-retries': 2,
            'total-record-errors': 'NaN',
            __proto__: 1,
          },
          'java.lang:type=Memory': { used: 1 },
          broken: 7,
        },
      },
      ...JOLOKIA_REQUEST.slice(2).map(() => ({ status: 404 })),
    ];
    expect(fromJolokia(answer).tasks).toMatchObject([
      { connector: 'a,b="c\\n\n*', task: 3, retries: 2, erroneous: null },
    ]);
  });
});

describe('exporterBeans', () => {
  it('reads labels with braces, quotes and escapes, values with a timestamp, and no NaN', () => {
    const text = [
      '# HELP kafka_connect_source_task_metrics_source_record_poll x{y="z"} 1',
      'kafka_connect_source_task_metrics_source_record_poll{connector="a}\\"b\\\\",task="0",} 7 1700000000000',
      'kafka_connect_source_task_metrics_source_record_write{connector="a}\\"b\\\\",task="0",} NaN',
      'up 1',
      'kafka_connect_task_error_metrics_total_retries{connector="x" 3',
    ].join('\n');
    expect(jvmMetrics(exporterBeans(text)).tasks).toMatchObject([
      { connector: 'a}"b\\', task: 0, read: 7, written: null },
    ]);
  });

  it('takes time in proportion to what it reads', () => {
    const hostile = `debezium_metrics_x{${'a="'.repeat(50_000)}`;
    expect(exporterBeans(hostile)).toEqual([]);
  });
});

describe('valueName', () => {
  it.each([
    ['MilliSecondsBehindSource', 'millisecondsbehindsource'],
    ['source-record-poll-total', 'sourcerecordpoll'],
    ['source_record_poll', 'sourcerecordpoll'],
    ['total-record-errors', 'totalrecorderrors'],
    ['Total', 'total'],
  ])('%s', (name, wanted) => expect(valueName(name)).toBe(wanted));
});
