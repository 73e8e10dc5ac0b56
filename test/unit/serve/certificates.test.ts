import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_RULES } from '../../../src/alerts/defaults.ts';
import type { TlsServer } from '../../../src/connect/certificate.ts';
import { CertificateWatch, receiverUrls, tlsDatabases, tlsServersOf } from '../../../src/serve/certificates.ts';
import { verdictsOf } from '../../../src/serve/verdicts.ts';
import { NOON, snapshot } from '../../helpers/snapshot.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

function watch(read: (server: TlsServer) => Promise<number>) {
  let now = NOON;
  const asked = vi.fn(read);
  const certificates = new CertificateWatch(() => now, new AbortController().signal, asked);
  return {
    asked,
    async later(ms: number, ...servers: TlsServer[]) {
      now += ms;
      certificates.latest(servers);
      await certificates.settled();
      return certificates.latest(servers);
    },
    certificates,
  };
}
const a = { host: 'a', port: 443 };
const b = { host: '::1', port: 5432 };

describe('CertificateWatch', () => {
  it('does not wait, and reads each server once an hour', async () => {
    const { certificates, later, asked } = watch(async () => NOON + DAY);
    expect(certificates.latest([a])).toEqual([{ address: 'a:443', endsAt: null }]);
    await certificates.settled();
    expect(await later(0, a, b, a)).toEqual([
      { address: '[::1]:5432', endsAt: NOON + DAY },
      { address: 'a:443', endsAt: NOON + DAY },
    ]);
    await later(59 * MINUTE, a, b);
    expect(asked).toHaveBeenCalledTimes(2);
    await later(MINUTE, a, b);
    expect(asked).toHaveBeenCalledTimes(4);
  });

  it('keeps what it knows of a server that does not answer, tries again sooner, and forgets one that is not used', async () => {
    const read = vi
      .fn(async () => NOON + DAY)
      .mockResolvedValueOnce(NOON)
      .mockRejectedValueOnce(new Error('away'));
    const { later, asked } = watch(read);
    await later(0, a);
    expect(await later(60 * MINUTE, a)).toEqual([{ address: 'a:443', endsAt: NOON }]);
    expect(await later(9 * MINUTE, a)).toEqual([{ address: 'a:443', endsAt: NOON }]);
    expect(await later(MINUTE, a)).toEqual([{ address: 'a:443', endsAt: NOON + DAY }]);
    expect(await later(0)).toEqual([]);
    await later(0, a);
    expect(asked).toHaveBeenCalledTimes(4);
  });
});

describe('servers with a certificate', () => {
  it('are those of URLs that begin with TLS', () => {
    expect(
      tlsServersOf(['https://a.b:8083/x', 'https://[::1]', 'http://c', 'smtps://m@mail', 'smtp://mail:587']),
    ).toEqual([
      { host: 'a.b', port: 8083 },
      { host: '::1', port: 443 },
      { host: 'mail', port: 465 },
    ]);
    expect(
      receiverUrls([
        { kind: 'webhook', address: { urls: ['https://hook'], settings: {} } },
        { kind: 'email', settings: { server: 'smtps://mail', from: 'a', to: 'b' } },
      ]),
    ).toEqual(['https://hook', 'smtps://mail']);
  });

  it.each([
    ['postgresql', 'postgres://u@h/d?sslmode=verify-full', ['h:5432']],
    ['postgresql', 'postgres://u@h:1/d?sslmode=require', ['h:1']],
    ['postgresql', 'postgres://u@h/d?sslmode=prefer', []],
    ['postgresql', 'postgres://u@h/d', []],
    ['mysql', 'mysql://u@h/d?ssl=required', ['h:3306']],
    ['mysql', 'mysql://u@h/d?ssl=true', ['h:3306']],
    ['mysql', 'mysql://u@h/d?ssl=false', []],
    ['sqlserver', 'sqlserver://h;encrypt=true', []],
  ] as const)('of %s: %s', (engine, url, expected) => {
    expect(tlsDatabases([{ engine, url }]).map(({ host, port }) => `${host}:${port}`)).toEqual(expected);
  });
});

describe('the verdict of a certificate', () => {
  const judge = (endsAt: number | null) =>
    verdictsOf(snapshot([], { certificates: [{ address: 'h:443', endsAt }] }), DEFAULT_RULES).find(
      ({ kind }) => kind === 'certificate',
    );
  it.each([
    [NOON + 15 * DAY, false, 'Its certificate ends on 2026-01-25, in 15 days'],
    [NOON + 14 * DAY, false, 'Its certificate ends on 2026-01-24, in 14 days'],
    [NOON + 1.5 * DAY, true, 'Its certificate ends on 2026-01-12, in 1 day'],
    [NOON - 3 * DAY, true, 'Its certificate ended on 2026-01-07, 3 days ago'],
    [null, 'unknown', 'Its certificate could not be read.'],
  ] as const)('%s: %s', (endsAt, active, summary) => {
    expect(judge(endsAt)).toMatchObject({ target: 'h:443', active, summary });
  });
});
