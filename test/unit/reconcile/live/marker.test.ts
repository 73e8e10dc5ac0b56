import { describe, expect, it } from 'vitest';
import { markerStatements, planMarker } from '../../../../src/reconcile/live/marker.ts';
import type { PipelineConnector } from '../../../../src/topology/pipeline.ts';
import { dialectOf } from '../../../helpers/dialects.ts';

const source = (config: Record<string, string> = {}, engine = 'postgresql.PostgresConnector'): PipelineConnector => ({
  name: 'shop-source',
  config: { 'connector.class': `io.debezium.connector.${engine}`, 'topic.prefix': 'shop', ...config },
});
const sink = (regex: string): PipelineConnector => ({
  name: 'shop-sink',
  config: { 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector', 'topics.regex': regex },
});
const TABLES_ONLY = sink('shop\\.[^.]+\\.[^.]+');
const ALL = sink('shop\\..+');

describe('planMarker', () => {
  it('takes the table that was named before anything else', () => {
    const table = { schema: 'ops', name: 'marker' };
    expect(planMarker(source({}, 'mariadb.MariaDbConnector'), [ALL], table)).toEqual({ kind: 'table', table });
  });

  it("runs the connector's own heartbeat statement where it has one", () => {
    const config = { 'heartbeat.interval.ms': '1000', 'heartbeat.action.query': 'UPDATE beat SET at = now()' };
    expect(planMarker(source(config, 'mysql.MySqlConnector'), [ALL], undefined)).toEqual({
      kind: 'heartbeat',
      sql: 'UPDATE beat SET at = now()',
    });
  });

  it("puts a message into PostgreSQL's log where no sink reads the messages' topic", () => {
    expect(planMarker(source(), [TABLES_ONLY], undefined)).toEqual({ kind: 'message' });
  });

  it('also where messages are left out, if a heartbeat commits offsets', () => {
    const config = { 'message.prefix.exclude.list': 'other, sluice\\.marker', 'heartbeat.interval.ms': '1000' };
    expect(planMarker(source(config), [ALL], undefined)).toEqual({ kind: 'message' });
  });

  it.each<[string, PipelineConnector, PipelineConnector, RegExp]>([
    ['a sink would take it for a row', source(), ALL, /shop-sink would treat the marker as a row: topic shop\.message/],
    ['what a sink reads is not known', source(), sink('(?<!x++)shop.*'), /shop-sink would treat/],
    [
      'messages are left out',
      source({ 'message.prefix.exclude.list': 'sluice\\..*' }),
      TABLES_ONLY,
      /excludes messages/,
    ],
    ['only others are let in', source({ 'message.prefix.include.list': 'mine' }), TABLES_ONLY, /excludes messages/],
    ['there is no log message', source({}, 'mariadb.MariaDbConnector'), TABLES_ONLY, /no heartbeat statement/],
  ])('refuses where %s, and says what to do', (_name, from, to, message) => {
    expect(() => planMarker(from, [from, to], undefined)).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        message: expect.stringMatching(message),
        hint: expect.stringContaining('`markerTable`'),
      }),
    );
  });
});

describe('markerStatements', () => {
  const table = { kind: 'table', table: { name: 'm' } } as const;
  it.each([
    [
      'postgresql',
      `INSERT INTO "m" (id, at) VALUES ('sluice', clock_timestamp()::text) ON CONFLICT (id) DO UPDATE SET at = excluded.at`,
    ],
    ['mysql', `INSERT INTO "m" (id, at) VALUES ('sluice', SYSDATE(6)) ON DUPLICATE KEY UPDATE at = SYSDATE(6)`],
    [
      'sqlserver',
      `UPDATE "m" SET at = CONVERT(varchar(40), SYSDATETIME(), 126) WHERE id = 'sluice'; IF @@ROWCOUNT = 0 INSERT INTO "m" (id, at) VALUES ('sluice', CONVERT(varchar(40), SYSDATETIME(), 126))`,
    ],
  ] as const)('a row of %s', (engine, sql) => {
    expect(markerStatements(table, dialectOf(engine), '"m"')).toEqual([sql]);
  });

  it('a message of PostgreSQL', () => {
    expect(markerStatements({ kind: 'message' }, dialectOf('postgresql'), '')).toEqual([
      "SELECT pg_logical_emit_message(true, 'sluice.marker', now()::text)",
    ]);
  });

  it('no message in a database that does not have them, even if its connector claims so', () => {
    expect(() => markerStatements({ kind: 'message' }, dialectOf('mysql'), '')).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', hint: expect.stringContaining('`markerTable`') }),
    );
  });
});
