import { statSync } from 'node:fs';
import type { ConnectionOptions, SecureContext } from 'node:tls';
import type { TlsSettings } from '../config/connect-settings.ts';
import { SluiceError } from '../errors/error.ts';
import { readBytes, readPem } from '../files/read-file.ts';

const FILES = ['ca', 'cert', 'key', 'pfx'] as const;

/** Whether any certificate is accepted. */
export function isInsecure(tls: TlsSettings | undefined): boolean {
  return tls?.insecure === true || tls?.rejectUnauthorized === false;
}

/**
 * What Node needs for a connection with these settings.
 * @param site the settings, for messages: `connect.tls`
 * @throws FILE_UNREADABLE
 */
export function tlsOptions(tls: TlsSettings | undefined, site: string): ConnectionOptions {
  const read = readFiles(tls, site);
  return {
    ...(Object.keys(read).length === 0 ? {} : { secureContext: secureContext(read, tls?.passphrase, site) }),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    rejectUnauthorized: !isInsecure(tls),
  };
}

/** Changes when one of the files does: certificates are renewed while a daemon runs. */
export function tlsStamp(tls: TlsSettings | undefined): string {
  return FILES.flatMap((name) => tls?.[name] ?? [])
    .map(stampOf)
    .join();
}

/** Kubernetes replaces a link to a folder, which changes the file behind the same path. */
function stampOf(file: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino}:${mtimeMs}:${size}`;
  } catch (error) {
    // Reading it says so.
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** Made here, since a connection would only fail, with a code that names no file. */
function secureContext(
  read: Record<string, string | Buffer>,
  passphrase: string | undefined,
  site: string,
): SecureContext {
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    return createSecureContext({ ...read, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    const { message } = error as Error;
    throw new SluiceError('FILE_UNREADABLE', `cannot use the files of ${site}: ${message}`, {
      hint: fileHint(message, site, read['pfx'] !== undefined),
      cause: error,
    });
  }
}

/** What to do about a message of OpenSSL. */
function fileHint(message: string, site: string, isPkcs12: boolean): string {
  if (/mac verify failure|bad decrypt|interrupted or cancell?ed|bad password/i.test(message))
    return `Check ${site}.passphrase.`;
  if (isPkcs12 && /unsupported/i.test(message))
    return 'A PKCS#12 file of an old tool has an old encryption: openssl pkcs12 -legacy -in OLD -out all.pem, then openssl pkcs12 -export -in all.pem -out NEW.';
  if (/mismatch/i.test(message)) return `${site}.key is not the key of ${site}.cert.`;
  return `Check the files of ${site}: OpenSSL cannot read one of them.`;
}

function readFiles(tls: TlsSettings | undefined, site: string): Record<string, string | Buffer> {
  return Object.fromEntries(
    FILES.flatMap((name) => {
      const file = tls?.[name];
      return file === undefined ? [] : [[name, readOne(file, name, site)]];
    }),
  );
}

function readOne(file: string, name: (typeof FILES)[number], site: string): string | Buffer {
  try {
    return name === 'pfx' ? readBytes(file) : readPem(file);
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read the file of ${site}.${name}: ${(error as Error).message}`, {
      hint: `Check ${site}.${name} of the context.`,
      cause: error,
    });
  }
}
