import { describe, expect, it } from 'vitest';
import type { Cells } from '../../../../src/databases/model.ts';
import { replicaMysql } from '../../../../src/databases/mysql/replica.ts';

/** A server that refuses every SHOW that is not among the answers. */
function server(answers: Record<string, Cells[]>, readOnly: Cells) {
  return async (sql: string): Promise<Cells[]> => {
    if (sql.startsWith('SELECT')) return [readOnly];
    const rows = answers[sql];
    if (rows === undefined)
      throw new Error('Access denied; you need (at least one of) the SUPER, SLAVE MONITOR privilege(s)');
    return rows;
  };
}

describe('whether a MySQL or MariaDB server is a replica', () => {
  it.each<[string, boolean, Record<string, Cells[]>, Cells, string | undefined]>([
    ['a primary', false, { 'SHOW REPLICA STATUS': [] }, ['0', '0'], undefined],
    ['a replica', false, { 'SHOW REPLICA STATUS': [['waiting']] }, ['0', '0'], 'it replicates from another server'],
    ['an old replica', false, { 'SHOW SLAVE STATUS': [['waiting']] }, ['0', '0'], 'it replicates from another server'],
    [
      'MariaDB',
      true,
      { 'SHOW ALL SLAVES STATUS': [['a'], ['b']] },
      ['OFF', 'OFF'],
      'it replicates from another server',
    ],
    ['one that shows nothing, read-only', false, {}, ['1', '0'], 'it is read-only, as replicas are'],
    ['a reader of Aurora', false, {}, ['0', '1'], 'it is read-only, as replicas are'],
    ['MariaDB 12, read-only but for locks', true, {}, ['NO_LOCK', 'OFF'], 'it is read-only, as replicas are'],
    ['one that shows nothing', true, {}, ['OFF', 'OFF'], undefined],
  ])('%s', async (_what, mariadb, answers, readOnly, why) => {
    expect(await replicaMysql(server(answers, readOnly), mariadb)).toBe(why);
  });
});
