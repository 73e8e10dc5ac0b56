import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayName, formatDatabaseUrl, parseDatabaseUrl, withPassword } from '../../../src/config/database-url.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { redactText } from '../../../src/text/redact.ts';

/** Any text, and texts that are nearly a URL or a property list. */
const password = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('%', ';', '{', '}', '@', '/', ' ', "'", '"', '?', '#', '&', '=', '+', '\\', ':', 'a', '1'),
  }),
);
const scheme = fc.constantFrom('postgres', 'postgresql', 'mysql', 'mariadb', 'sqlserver', 'mssql');

describe('a password of any characters', () => {
  it('comes through sluice.yaml as it is, beside a URL of any form', () => {
    const urls = [
      'postgres://sa@db:5432/shop',
      'mysql://sa@db:5432/shop?ssl=true',
      'sqlserver://sa@db:5432/shop',
      'sqlserver://db:5432;user=sa;databaseName=shop',
      'jdbc:sqlserver://db:5432;databaseName=shop;user=sa',
      'jdbc:sqlserver://;serverName=db;portNumber=5432;database=shop;userName=sa',
      'jdbc:postgresql://db:5432/shop?user=sa&password=other',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...urls), password, (url, secret) => {
        expect(parseDatabaseUrl(withPassword({ url, password: secret }, 'x'))).toMatchObject({
          host: 'db',
          port: 5432,
          user: 'sa',
          password: secret,
          database: 'shop',
        });
      }),
    );
  });

  it('comes through a URL, percent-encoded', () => {
    fc.assert(
      fc.property(scheme, password, (name, secret) => {
        const url = `${name}://sa:${encodeURIComponent(secret)}@db/shop`;
        expect(parseDatabaseUrl(url)).toMatchObject({ host: 'db', user: 'sa', password: secret, database: 'shop' });
      }),
    );
  });

  it('comes through as it is, or is refused: never is another host asked', () => {
    const forms: [scheme: string, of: (secret: string) => string][] = [
      ['postgres', (secret) => `postgres://sa:${secret}@db:5432/shop`],
      ['mysql', (secret) => `mysql://sa:${secret}@db:5432/shop?ssl=true`],
      ['mariadb', (secret) => `jdbc:mariadb://sa:${secret}@db:5432/shop`],
      ['mssql', (secret) => `mssql://sa:${secret}@db:5432/shop`],
      ['sqlserver', (secret) => `sqlserver://sa:${secret}@db:5432/shop`],
    ];
    const raw = fc.oneof(
      password,
      fc.stringMatching(/^[0-9]{0,6};?[a-z]{0,3}[=;{]?[^\s]{0,6}$/),
      fc.constantFrom(
        '1;x=y',
        '1;user=y',
        'a@b/c?d=',
        'a@b/c',
        '1/x?y=z',
        '{a',
        'a}',
        '12;encrypt={',
        '%',
        '%4',
        '%%41',
        '1@2:3',
      ),
    );
    fc.assert(
      // Of one that is an escape nobody can tell that it is meant as it is.
      fc.property(
        fc.constantFrom(...forms),
        raw.filter((text) => !/%[0-9a-f]{2}/i.test(text)),
        ([scheme, of], secret) => {
          let address: ReturnType<typeof parseDatabaseUrl>;
          try {
            address = parseDatabaseUrl(of(secret));
          } catch (error) {
            expect(error).toMatchObject({ code: 'REQUEST_INVALID', hint: expect.stringMatching(/./) });
            return;
          }
          expect(address).toMatchObject({
            scheme,
            host: 'db',
            port: 5432,
            user: 'sa',
            password: secret,
            database: 'shop',
          });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('comes through properties in braces, a closing brace doubled', () => {
    fc.assert(
      fc.property(password, fc.boolean(), (secret, jdbc) => {
        const url = `${jdbc ? 'jdbc:' : ''}sqlserver://db;user=sa;password={${secret.replaceAll('}', '}}')}};databaseName=shop`;
        expect(parseDatabaseUrl(url)).toMatchObject({ host: 'db', user: 'sa', password: secret, database: 'shop' });
      }),
    );
  });

  it('is in no error, however the URL is broken', () => {
    const broken = fc.constantFrom(
      (secret: string) => `postgres://sa:${secret}@db/x`,
      (secret: string) => `mssql://sa:${secret}@db:99999/x`,
      (secret: string) => `jdbc:sqlserver://db;password=${secret}`,
      (secret: string) => `jdbc:sqlserver://db;password={${secret}`,
      (secret: string) => `mysql://db/x?password=${secret}`,
    );
    fc.assert(
      fc.property(broken, password, (of, tail) => {
        const url = of(`geheim${tail}hunter2`);
        try {
          displayName(url);
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
          const { code, message, hint } = error as SluiceError;
          expect(code).toBe('REQUEST_INVALID');
          expect(`${message} ${hint}`).not.toMatch(/geheim|hunter2/);
        }
      }),
    );
  });

  it('is masked whole if a text shows properties in braces', () => {
    fc.assert(
      fc.property(password, (tail) => {
        const braced = `{geheim${tail.replaceAll('}', '}}')}hunter2}`;
        const text = redactText(`jdbc:sqlserver://db;password=${braced};databaseName=x`);
        expect(text).toBe('jdbc:sqlserver://db;password=********;databaseName=x');
      }),
    );
  });
});

it('is shown in a hint without anything that is masked there', () => {
  for (const url of [
    'postgres://u:p%@h/d',
    'postgres://u:p#x@h/d',
    'sqlserver://sa:1;x=y@host/d',
    'postgres://h:70000/d',
  ]) {
    let hint = '';
    try {
      parseDatabaseUrl(url);
    } catch (error) {
      hint = (error as SluiceError).hint ?? '';
    }
    expect(hint).not.toBe('');
    expect(redactText(hint)).toBe(hint);
  }
});

describe('an address', () => {
  it('is read again from the URL that is made of it', () => {
    const part = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(
        scheme,
        part,
        part,
        part,
        fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        (name, user, secret, database, port) => {
          const address = { scheme: name, host: '::1', port, user, password: secret, database };
          expect(parseDatabaseUrl(formatDatabaseUrl(address))).toMatchObject(address);
        },
      ),
    );
  });

  it.each([
    ['jdbc:sqlserver://host\\inst;databaseName=x', { host: 'host', instance: 'inst', port: undefined, database: 'x' }],
    ['jdbc:sqlserver://host\\inst:1444;databaseName=x', { host: 'host', instance: 'inst', port: 1444 }],
    ['jdbc:sqlserver://host;instanceName=inst', { host: 'host', instance: 'inst' }],
    ['jdbc:sqlserver://;serverName=host\\inst;portNumber=1', { host: 'host', instance: 'inst', port: 1 }],
    ['jdbc:sqlserver://;serverName=3ffe:8311:eeee::9\\inst', { host: '3ffe:8311:eeee::9', instance: 'inst' }],
    [
      'jdbc:sqlserver://host;port=7;userName=u; password = p ;database=d;',
      { port: 7, user: 'u', password: 'p', database: 'd' },
    ],
    ['jdbc:sqlserver://host:1433;password={p;w}', { password: 'p;w' }],
    ['jdbc:sqlserver://host:1433;password={ a}}b } ;user=sa', { password: ' a}b ', user: 'sa' }],
    ['jdbc:sqlserver://host;password=p@ss', { host: 'host', password: 'p@ss' }],
    ['JDBC:SQLServer://host;user=sa', { scheme: 'sqlserver', user: 'sa' }],
    [
      'sqlserver://127.0.0.1:1;databaseName=x;user=sa;password=p',
      { host: '127.0.0.1', port: 1, database: 'x', user: 'sa' },
    ],
    ['mssql://sa:a;b@host/x', { user: 'sa', password: 'a;b', host: 'host', database: 'x' }],
    ['mssql://sa:p@[::1]:1/x', { host: '::1', port: 1 }],
    ['mssql://sa:p@host\\inst/x', { host: 'host', instance: 'inst' }],
    ['postgres://u:a@b@host/x', { user: 'u', password: 'a@b', host: 'host' }],
    ['postgres://%2Frun%2Fpostgresql/x', { host: '/run/postgresql', database: 'x' }],
    ['postgres:///x?host=/run/postgresql&port=5433', { host: '/run/postgresql', port: 5433, database: 'x' }],
    ['jdbc:postgresql://[::1]/x?user=u&password=a%26b', { host: '::1', user: 'u', password: 'a&b' }],
    ['postgres://u:p@[fe80::1%eth0]:5432/x', { host: 'fe80::1%eth0', port: 5432 }],
    ['postgres://u:p@bücher.example/x', { host: 'bücher.example' }],
    ['postgres://u:p@b%C3%BCcher.example/x', { host: 'bücher.example' }],
    ['mysql://u:p@host:/x', { host: 'host', port: undefined, database: 'x' }],
    ['mysql://u:p@host/', { host: 'host', database: undefined }],
    ['mysql://u:p@host:65535', { port: 65_535, database: undefined }],
    ['jdbc:mysql://host:3306/x?user=u&password=a%25b%23c&useSSL=false', { user: 'u', password: 'a%b#c' }],
    ['jdbc:mariadb://host/x?user=u&password=p', { scheme: 'mariadb', user: 'u', password: 'p' }],
    ['jdbc:postgresql://host/x?ssl&user=u&password=p', { user: 'u', password: 'p' }],
    ['jdbc:postgresql:///x?user=u&password=p', { host: '', database: 'x' }],
    ['mysql://host', { host: 'host', database: undefined, user: undefined, password: undefined }],
  ])('%s', (url, expected) => {
    expect(parseDatabaseUrl(url)).toMatchObject(expected);
  });

  it.each([
    ['mssql://sa:Geheim%1@127.0.0.1:1/x', '"%"', 'ercent-encode special characters'],
    ['mysql://u:hun%%ter2@127.0.0.1:3306/db', '"%"', 'ercent-encode special characters'],
    ['postgres://u:a/b@host/x', 'percent-encoded', 'ercent-encode special characters'],
    ['postgres://u:1/b@host/x', 'percent-encoded', 'ercent-encode special characters'],
    ['postgres://u:a#b@host/x', '"#"', 'ercent-encode special characters'],
    ['postgres://u:1?b@host/x', 'percent-encoded', 'ercent-encode special characters'],
    ['postgres://host:port/x', 'host and port', 'ercent-encode special characters'],
    ['postgres://host:70000/x', 'valid port', 'postgres://'],
    ['postgres://host\\inst/x', 'host and port', 'postgres://'],
    ['jdbc:sqlserver://host;password={p;w', '"{"', 'in braces'],
    ['jdbc:sqlserver://host;password=p;w', 'without a value', 'in braces'],
    ['jdbc:sqlserver://host;portNumber=x', 'port', 'postgres://'],
    ['postgres://u:a@b/c@host/x', 'percent-encoded', 'ercent-encode special characters'],
    ['postgres://u:a@b?c=@host/x', 'percent-encoded', 'ercent-encode special characters'],
    ['sqlserver://sa:1;x=y@host/d', 'ambiguous', 'percent-encode the password'],
    ['jdbc:postgresql://host/x?user=u&password=a&b', 'without a value', '%26'],
    ['postgres://u:p@host:0/x', 'port', '65535'],
    ['postgres://u:p@host:99999999999/x', 'port', '65535'],
    ['postgres://u:p@host/x?port=70000', 'port', '65535'],
    ['postgres://u:p@::1/x', 'host and port', 'postgres://'],
    ['postgres://u:p@[::1/x', 'host and port', 'postgres://'],
    ['postgres://u:p@[12345]/x', 'host and port', 'postgres://'],
    ['postgres://u:p@h1,h2/x', 'host and port', 'postgres://'],
    ['postgres://u:p@${HOST}:1/x', 'host and port', 'postgres://'],
    ['mysql://{host}/x', 'host and port', 'postgres://'],
    ['jdbc:mariadb://(host=h)/x', 'host and port', 'postgres://'],
    ['jdbc:mysql:loadbalance://h1,h2/x', 'cannot be parsed', 'postgres://'],
    ['jdbc:sqlserver:host', 'cannot be parsed', 'postgres://'],
  ])('%s is refused', (url, message, hint) => {
    expect(() => parseDatabaseUrl(url)).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });
});

describe('the name of a database that has none in sluice.yaml', () => {
  it.each([
    ['postgres://u:geheim@h:1/d', 'h:1/d'],
    ['jdbc:sqlserver://h\\i;databaseName=d;password={x;y}', 'h\\i/d'],
    ['mssql://[::1]:1/d', '[::1]:1/d'],
    ['jdbc:oracle:thin:u/geheim@h:1521/d', 'jdbc:oracle'],
  ])('%s', (url, name) => expect(displayName(url)).toBe(name));
});

it('a URL in sluice.yaml that cannot be parsed is named by its key, without its text', () => {
  expect(() => withPassword({ url: 'postgres://u:hunter2%@h/x', password: 'geheim' }, 'shop')).toThrow(
    expect.objectContaining({
      code: 'PROJECT_INVALID',
      message: 'databases.shop.url: the URL has a "%" that is not an escape',
    }),
  );
});
