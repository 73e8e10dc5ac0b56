import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDatabaseUrl, withPassword } from '../../../src/config/database-url.ts';
import { packagePath } from '../../../src/config/package-root.ts';
import { addressOf } from '../../../src/databases/mysql/session.ts';
import { clientConfig } from '../../../src/databases/postgres/address.ts';
import { settingsOf } from '../../../src/databases/sqlserver/connection.ts';

const options = { statementTimeout: 0, connectTimeout: 1000 };

/** What each driver is given of a URL. */
const drivers = {
  postgres: (url: string) => clientConfig(url),
  mysql: (url: string) => addressOf(url),
  sqlserver(url: string) {
    const { server, authentication, options: own } = settingsOf(url, options);
    const { userName, password } = authentication?.options ?? {};
    return { host: server, port: own.port, user: userName, password, database: own.database };
  },
};

describe('a driver is given user, password and database as they are', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.string({ unit: fc.constantFrom('%', ';', '{', '}', '@', '/', ' ', '"', "'", '?', '#', '+', 'a'), minLength: 1 }),
  );

  it.each(Object.entries(drivers))('%s', (scheme, read) => {
    fc.assert(
      fc.property(part, part, part, (user, password, database) => {
        const address = { host: 'db', port: 7, user, password, database };
        expect(read(formatDatabaseUrl({ scheme, ...address }))).toMatchObject(address);
        const beside = withPassword(
          { url: formatDatabaseUrl({ scheme, ...address, password: undefined }), password },
          'x',
        );
        expect(read(beside)).toMatchObject(address);
      }),
    );
  });

  it.each(Object.entries(drivers))('%s: a "%" that is not an escape is a wrong URL, and no defect', (scheme, read) => {
    expect(() => read(`${scheme}://sa:Geheim%1@db/x`)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  });

  it('of an IPv6 address without brackets', () => {
    for (const [scheme, read] of Object.entries(drivers))
      expect(read(`${scheme}://u:p@[::1]:7/x`)).toMatchObject({ host: '::1', port: 7 });
  });
});

describe('TLS of PostgreSQL means what libpq means by it', () => {
  const ssl = (query: string) => clientConfig(`postgres://db/x${query}`).ssl;
  const root = `sslrootcert=${encodeURIComponent(packagePath('test', 'fixtures', 'tls', 'certificate.pem'))}`;

  it.each<[string, unknown]>([
    ['', undefined],
    ['?sslmode=disable', false],
    ['?sslmode=prefer', false],
    ['?sslmode=require', { rejectUnauthorized: false }],
    ['?sslmode=no-verify', { rejectUnauthorized: false }],
    ['?sslmode=verify-full', {}],
    ['?ssl=true', {}],
    ['?ssl=0', false],
    ['?ssl', {}],
    ['?ssl=require', { rejectUnauthorized: false }],
    ['?ssl_mode=verify-full', {}],
    // As sluice writes it for a JDBC sink with ssl=true.
    ['?sslmode=true', {}],
  ])('%s', (query, expected) => {
    expect(ssl(query)).toEqual(expected);
  });

  it.each(['?sslmode=verify_full', '?sslmode=bogus', '?sslmode=bogus&ssl=true', '?ssl=yes'])(
    'refuses %s, a typo, for which the password would be sent in clear',
    (query) => {
      expect(() => ssl(query)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
    },
  );

  it('with a file of authorities `require` checks the certificate, but for its name', () => {
    const checked = { ca: expect.stringContaining('BEGIN CERTIFICATE'), checkServerIdentity: expect.any(Function) };
    expect(ssl(`?sslmode=require&${root}`)).toEqual(checked);
    expect(ssl(`?sslmode=verify-ca&${root}`)).toEqual(checked);
    expect(ssl(`?sslmode=verify-full&${root}`)).toEqual({ ca: expect.stringContaining('BEGIN CERTIFICATE') });
    expect(() => ssl('?sslmode=verify-full&sslrootcert=/nowhere.pem')).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }),
    );
  });

  it('a folder of sockets and further settings go on to the driver', () => {
    expect(clientConfig('postgres:///x?host=/run/pg&options=-c%20search_path%3Da&application_name=b')).toEqual({
      host: '/run/pg',
      database: 'x',
      options: '-c search_path=a',
      application_name: 'b',
    });
  });
});

describe('TLS of MySQL', () => {
  it.each<[string, unknown]>([
    ['', undefined],
    ['?ssl=false', undefined],
    ['?sslMode=DISABLED', undefined],
    ['?ssl=required', { rejectUnauthorized: false }],
    ['?useSSL=true', { rejectUnauthorized: true }],
    ['?sslMode=VERIFY_IDENTITY', { rejectUnauthorized: true }],
    ['?ssl-mode=REQUIRED', { rejectUnauthorized: false }],
  ])('%s', (query, expected) => {
    expect(addressOf(`mysql://db/x${query}`).ssl).toEqual(expected);
  });
});
