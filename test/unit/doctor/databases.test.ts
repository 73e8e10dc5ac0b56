import { describe, expect, it } from 'vitest';
import { bothHere } from '../../../src/doctor/databases.ts';
import { untilAborted } from '../../../src/sources/pool.ts';
import type { Endpoint } from '../../../src/topology/model.ts';

const at = (host: string): Endpoint => ({
  role: 'source',
  engine: 'postgresql',
  url: `postgres://u:p@${host}:5432/d`,
  display: host,
  user: 'u',
  debezium: true,
});

describe('a database and a worker are on this machine', () => {
  it.each<[boolean, string, boolean, string[], string | null]>([
    [true, '127.0.0.1', false, ['http://localhost:8083'], '127.0.0.1:8083'],
    [true, 'localhost', false, ['http://127.0.0.1:8083', 'http://[::1]:8083'], 'localhost:8083'],
    [false, 'db', false, ['http://localhost:8083'], 'localhost:8083'],
    [false, '127.0.0.1', false, ['http://connect:8083'], '127.0.0.1:8083'],
    // A port that is forwarded to a worker elsewhere, and a tunnel to a database.
    [false, '127.0.0.1', false, ['http://localhost:8083'], '10.1.2.3:8083'],
    [false, '127.0.0.1', true, ['http://localhost:8083'], '127.0.0.1:8083'],
    [false, '127.0.0.1', false, ['http://localhost:8083'], null],
  ])('%s: %s, named %s, worker at %j which calls itself %s', (expected, host, isNamed, urls, worker) => {
    expect(bothHere({ endpoint: at(host), isNamed }, urls, worker)).toBe(expected);
  });

  it('is not so if there is no database', () => {
    expect(bothHere({ endpoint: undefined, isNamed: false }, ['http://localhost'], 'localhost:1')).toBe(false);
  });
});

describe('work that is given up', () => {
  it('ends with the reason, and what it throws later harms nothing', async () => {
    const abort = new AbortController();
    let fail: (error: Error) => void = () => {};
    const work = untilAborted(new Promise((_resolve, reject) => (fail = reject)), abort.signal);
    abort.abort(new Error('too late'));
    await expect(work).rejects.toThrow('too late');
    fail(new Error('lost'));
    await expect(untilAborted(Promise.resolve(1), abort.signal)).rejects.toThrow('too late');
    await expect(untilAborted(Promise.resolve(1), new AbortController().signal)).resolves.toBe(1);
  });
});
