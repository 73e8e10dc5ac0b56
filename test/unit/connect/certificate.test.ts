import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { certificateEnd } from '../../../src/connect/certificate.ts';
import { ENGINES } from '../../../src/databases/engines.ts';
import type { EngineName } from '../../../src/databases/model.ts';
import { listeners } from '../../helpers/listener.ts';

const file = (name: string) => readFileSync(packagePath('test', 'fixtures', 'tls', name));
const TLS = { cert: file('certificate.pem'), key: file('key.pem') };
/** Of test/fixtures/tls/certificate.pem. */
const END = Date.parse('2126-11-05T04:24:45Z');

const listen = listeners();
const soon = () => AbortSignal.timeout(5_000);
const read = (port: number, engine?: EngineName) =>
  certificateEnd({ host: '127.0.0.1', port, begin: engine && ENGINES[engine].beginTls }, soon());

/** Speaks TLS from now on. */
function upgrade(socket: Socket): void {
  new TLSSocket(socket, { isServer: true, ...TLS }).on('error', () => {});
}

/** A greeting of MariaDB 11.4, with or without TLS. */
function greeting(capabilities: number): Buffer {
  const version = Buffer.from('5.5.5-11.4.5-MariaDB-log\0');
  const body = Buffer.concat([
    Buffer.from([10]),
    version,
    Buffer.from([7, 0, 0, 0]),
    Buffer.from('saltsalt\0'),
    Buffer.from([capabilities & 0xff, capabilities >> 8, 8, 2, 0, 0xff, 0xc1]),
    Buffer.alloc(30),
  ]);
  return Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body]);
}

describe('certificateEnd', () => {
  it('is when the certificate of a server ends, trusted or not', async () => {
    const port = await listen(
      () => {},
      (talk) => createTlsServer(TLS, talk),
    );
    expect(await read(port)).toBe(END);
  });

  it('asks PostgreSQL for TLS', async () => {
    const asked: string[] = [];
    const port = await listen((socket) =>
      socket.once('data', (data) => {
        asked.push(data.toString('hex'));
        socket.write('S', () => upgrade(socket));
      }),
    );
    expect(await read(port, 'postgresql')).toBe(END);
    expect(asked).toEqual(['0000000804d2162f']);
  });

  it('asks MySQL and MariaDB for TLS', async () => {
    const asked: Buffer[] = [];
    const port = await listen((socket) => {
      socket.write(greeting(0xf7fe | 0x800));
      socket.once('data', (data) => {
        asked.push(data.subarray(0, 36));
        socket.pause();
        const rest = data.subarray(36);
        if (rest.length > 0) socket.unshift(rest);
        upgrade(socket);
      });
    });
    expect(await read(port, 'mysql')).toBe(END);
    expect(asked[0]?.toString('hex')).toBe(`20000001008a0000000000012d${'00'.repeat(23)}`);
  });

  it.each<[EngineName, (socket: Socket) => void]>([
    ['postgresql', (socket) => socket.once('data', () => socket.write('N'))],
    ['mysql', (socket) => socket.write(greeting(0xf7fe & ~0x800))],
    ['mysql', (socket) => socket.write(Buffer.from([1, 0, 0, 0, 255]))],
  ])('says so if %s has none', async (engine, talk) => {
    await expect(read(await listen(talk), engine)).rejects.toThrow('the server has no TLS');
  });

  it('fails if a server hangs, goes away or is away', async () => {
    const hangs = await listen(() => {});
    const given = { host: '127.0.0.1', port: hangs };
    await expect(certificateEnd(given, AbortSignal.timeout(50))).rejects.toThrow();
    const begin = ENGINES.postgresql.beginTls;
    await expect(certificateEnd({ ...given, begin }, AbortSignal.timeout(50))).rejects.toThrow();
    const leaves = await listen((socket) => socket.destroy());
    await expect(read(leaves)).rejects.toThrow();
    await expect(read(leaves, 'mysql')).rejects.toThrow();
  });
});
