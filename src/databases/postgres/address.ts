import type { ClientConfig } from 'pg';
import { parameterOf, parseDatabaseUrl } from '../../config/database-url.ts';
import { SluiceError } from '../../errors/error.ts';
import { readPem } from '../../files/read-file.ts';

/**
 * The driver's settings for a URL. The driver could parse it, but leaves some characters of user, password and name
 * encoded, and treats `prefer`, `require` and `verify-ca` like libpq's `verify-full`.
 * @throws REQUEST_INVALID, FILE_UNREADABLE
 */
export function clientConfig(url: string): ClientConfig {
  const address = parseDatabaseUrl(url);
  const { host, port, user, password, database } = address;
  // Names of libpq's that the driver knows, too.
  const passed = ['options', 'application_name', 'sslnegotiation'].flatMap((name) => {
    const value = parameterOf(address, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const ssl = sslOf((...names) => parameterOf(address, ...names));
  return {
    ...(host === '' ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...Object.fromEntries(passed),
    ...(ssl === undefined ? {} : { ssl }),
  };
}

/**
 * `sslmode` as in libpq, and `ssl` as in JDBC.
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
function sslOf(parameter: (...names: string[]) => string | undefined): ClientConfig['ssl'] {
  const root = parameter('sslrootcert');
  const files = {
    ...(root === undefined || root === 'system' ? {} : { ca: fileOf(root) }),
    ...fileOption('cert', parameter('sslcert')),
    ...fileOption('key', parameter('sslkey')),
  };
  switch ((parameter('sslmode', 'ssl-mode', 'ssl_mode') ?? parameter('ssl'))?.toLowerCase()) {
    case undefined:
      return Object.keys(files).length > 0 ? files : undefined;
    case 'disable':
    case 'allow':
    case 'prefer':
    case 'false':
    case '0':
      return false;
    case 'no-verify':
      return { ...files, rejectUnauthorized: false };
    case 'require':
      // With a file of authorities it is verify-ca, as in libpq.
      return files.ca === undefined ? { ...files, rejectUnauthorized: false } : { ...files, ...anyHost };
    case 'verify-ca':
      return { ...files, ...anyHost };
    case 'verify-full':
    case 'true':
    case '1':
    case '':
      return files;
    default:
      // A typo must not send the password in clear.
      throw new SluiceError('REQUEST_INVALID', 'a database URL has an unknown sslmode, or an unknown value of ssl', {
        hint: 'Write sslmode=disable, allow, prefer, require, verify-ca or verify-full.',
      });
  }
}

/** The certificate is checked, but not whose it is. */
const anyHost = { checkServerIdentity: () => undefined };

function fileOption<K extends string>(name: K, file: string | undefined): Partial<Record<K, string>> {
  return file === undefined ? {} : ({ [name]: fileOf(file) } as Record<K, string>);
}

function fileOf(name: string): string {
  try {
    return readPem(name);
  } catch (cause) {
    throw new SluiceError(
      'FILE_UNREADABLE',
      `cannot read ${name}, which a database URL names: ${(cause as Error).message}`,
      {
        hint: 'Check sslrootcert, sslcert and sslkey in the URL.',
        cause,
      },
    );
  }
}
