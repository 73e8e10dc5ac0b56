import { describe, expect, it } from 'vitest';
import { translate } from '../../../src/databases/failures.ts';

const engine = {
  certificate: 'trust it',
  passing: (code: string) => code === '1205',
  hint: (code: string) => (code === 'EX' ? 'do that' : undefined),
};
const coded = (message: string, code: string, cause?: unknown) =>
  Object.assign(new Error(message, cause === undefined ? {} : { cause }), { code });

describe('an error of a driver', () => {
  it('says what the network said, inside any wrapper', () => {
    const refused = coded('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED');
    const several = new AggregateError([refused, refused], 'Could not connect (sequence)');
    const outer = coded('Failed to connect to localhost:1 - Could not connect (sequence)', 'ESOCKET', several);
    expect(translate(outer, 'shop', () => undefined, engine)).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: 'shop: Failed to connect to localhost:1: connect ECONNREFUSED 127.0.0.1:1',
      details: { code: 'ECONNREFUSED' },
    });
    // Of Node.js itself, whose collection has no message.
    expect(
      translate(Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' }), 'shop', () => undefined),
    ).toMatchObject({
      message: 'shop: connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  it('says so where no server has its socket there', () => {
    const missing = coded('connect ENOENT /tmp/.s.PGSQL.1', 'ENOENT');
    expect(translate(missing, 'shop', () => undefined)).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  it.each([
    coded('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
    coded('Failed to connect to db:1 - x', 'ESOCKET', coded('certificate has expired', 'CERT_HAS_EXPIRED')),
    coded('self-signed certificate in certificate chain', 'HANDSHAKE_SSL_ERROR'),
    coded("Hostname/IP does not match certificate's altnames: x", 'ERR_TLS_CERT_ALTNAME_INVALID'),
  ])('that is about the certificate says what to do about it: %s', (error) => {
    expect(translate(error, 'shop', () => undefined, engine)).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      hint: 'trust it',
    });
  });

  it('may be over in a moment, or have a hint of its own', () => {
    expect(translate(coded('deadlock', '1205'), 'shop', () => undefined, engine)).toMatchObject({
      code: 'DATABASE_REJECTED',
      retryable: true,
      hint: expect.stringContaining('again'),
    });
    expect(translate(coded('no', '547'), 'shop', () => undefined, engine).retryable).toBe(false);
    expect(translate(coded('no', 'EX'), 'shop', () => 'DATABASE_UNREACHABLE', engine).hint).toBe('do that');
  });

  it('of the server is not taken for one of the network by what caused it', () => {
    const error = coded('Timeout', 'STATEMENT_TIMEOUT', coded('Timeout', 'ETIMEOUT'));
    expect(
      translate(error, 'shop', (code) => (code === 'STATEMENT_TIMEOUT' ? 'TIMED_OUT' : undefined), engine).code,
    ).toBe('TIMED_OUT');
  });
});
