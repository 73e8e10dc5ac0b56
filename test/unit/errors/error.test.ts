import { describe, expect, it } from 'vitest';
import { aggregateExit, hideKnown, SluiceError, toErrorDocument, toSluiceError } from '../../../src/errors/error.ts';
import { nearest } from '../../../src/text/nearest.ts';
import { MASK } from '../../../src/text/redact.ts';

describe('SluiceError', () => {
  it('masks secrets in message, hint and details when it is made', () => {
    const error = new SluiceError('CONNECT_REJECTED', 'echoed {"database.password": "geheim"}', {
      hint: 'psql postgres://u:geheim@h/d',
      details: {
        config: {
          'database.password': 'geheim',
          nested: [{ token: 'geheim' }, { name: 'db.password', value: 'geheim' }],
        },
        count: 3,
      },
    });
    expect(JSON.stringify(toErrorDocument(error))).not.toContain('geheim');
    expect(toErrorDocument(error)).toMatchObject({
      code: 'CONNECT_REJECTED',
      details: { count: 3, config: { 'database.password': MASK } },
    });
  });

  it('loses known values wherever it has them, and a cause that shows one', () => {
    const cause = new Error('outer', { cause: new Error('password is hidden-one') });
    const error = new SluiceError('CONNECT_REJECTED', 'no', {
      hint: 'a hidden-one',
      details: { a: ['hidden-one'] },
      cause,
    });
    const hidden = hideKnown(error, ['hidden-one']);
    expect(JSON.stringify(toErrorDocument(hidden))).not.toContain('hidden-one');
    expect(hidden.cause).toBeUndefined();
    expect(hideKnown(error, ['another-one'])).toBe(error);
  });

  it('takes anything thrown that is not ours for a defect', () => {
    expect(toSluiceError(new TypeError('x is not a function'))).toMatchObject({
      code: 'INTERNAL',
      exitCode: 1,
      message: 'x is not a function',
    });
    expect(toSluiceError('text')).toMatchObject({ code: 'INTERNAL', message: 'text' });
    const own = new SluiceError('TIMED_OUT', 'late');
    expect(toSluiceError(own)).toBe(own);
  });
});

describe('aggregateExit', () => {
  const missing = { error: new SluiceError('CONNECTOR_NOT_FOUND', 'a') };
  const down = { error: new SluiceError('CONNECT_UNREACHABLE', 'b') };
  it.each([
    ['all done', [{}, {}], 0],
    ['nothing to do', [], 0],
    ['all failed alike', [missing, missing], 13],
    ['some done', [missing, {}], 14],
    ['all failed, for different reasons', [down, missing], 12],
  ])('%s', (_name, results, code) => expect(aggregateExit(results)).toBe(code));
});

describe('nearest', () => {
  it.each([
    ['table.include.lst', 'table.include.list'],
    ['snapshot.mod', 'snapshot.mode'],
    ['snapshotMode', 'snapshot.mode'],
    ['entirely.different', undefined],
    ['', undefined],
  ])('%s → %s', (name, found) => {
    expect(nearest(name, ['table.include.list', 'table.exclude.list', 'snapshot.mode', 'topic.prefix'])).toBe(found);
  });
});
