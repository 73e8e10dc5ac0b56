import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { TLSSocket, createServer as tlsServer } from 'node:tls';

/*
 * The other end of the TDS protocol, as far as faults are concerned that a real SQL Server does not produce on demand: it
 * refuses TLS, answers never, loses connections, and counts what it was sent. It knows no SQL.
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-tds
 */

export type TdsAnswer =
  | { columns?: readonly string[]; rows?: readonly (readonly (string | null)[])[]; counts?: readonly number[] }
  | { error: number; message: string }
  | 'never'
  | 'hang up';

export interface TdsServer {
  port: number;
  /** The texts of all requests, in the order of their coming. */
  readonly requests: string[];
  readonly connections: number;
  /** Logins that came, whether by TLS, and to which database. */
  readonly logins: { encrypted: boolean; database: string }[];
  /** Tokens of logins by Entra. */
  readonly tokens: string[];
  /** Requests that the client had stopped. */
  readonly attentions: number;
  /** Ends every connection from this end. */
  hangUp(): void;
  close(): Promise<void>;
}

export interface TdsOptions {
  /** What the greeting answers to the wish for TLS; `strict`: TLS before the greeting; `silent`: no answer at all. */
  encryption?: 'on' | 'none' | 'strict' | 'silent';
  /** Asks each login for a token of Entra for this resource. */
  resource?: string;
  /** @param database that the login asked for */
  answer?: (sql: string, database: string) => TdsAnswer;
}

const TLS_FILES = path.resolve(import.meta.dirname, '../fixtures/tls');
const tls = () => ({
  cert: readFileSync(path.join(TLS_FILES, 'certificate.pem')),
  key: readFileSync(path.join(TLS_FILES, 'key.pem')),
});

const PACKET = { BATCH: 1, RPC: 3, REPLY: 4, ATTENTION: 6, FEDERATED: 8, LOGIN: 16, PRELOGIN: 18 };

export async function tdsServer(options: TdsOptions = {}): Promise<TdsServer> {
  const sockets = new Set<Socket>();
  const state = {
    requests: [] as string[],
    connections: 0,
    logins: [] as TdsServer['logins'] & object[],
    tokens: [] as string[],
    attentions: 0,
  };
  const accept = (socket: Socket) => {
    state.connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    if (options.encryption !== 'silent') converse(socket, options, state);
  };
  const server =
    options.encryption === 'strict'
      ? tlsServer({ ...tls(), ALPNProtocols: ['tds/8.0'] }, accept).on('tlsClientError', () => {})
      : createServer(accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    hangUp,
    async close() {
      hangUp();
      server.close();
      await once(server, 'close');
    },
  });
}

type State = Pick<TdsServer, 'requests' | 'logins' | 'tokens'> & { attentions: number };

/** Packets out of bytes; `stream` takes what goes back. */
function converse(
  socket: Socket,
  { encryption = 'none', resource, answer = () => ({}) }: TdsOptions,
  state: State,
): void {
  let send: (data: Buffer) => void = (data) => socket.write(data);
  let handshake: { stream: Duplex; secured: () => boolean } | undefined;
  let encrypted = encryption === 'strict';
  let waiting = false;
  let database = '';
  const reply = (...tokens: Buffer[]) => send(packet(PACKET.REPLY, Buffer.concat(tokens)));
  const onMessage = (type: number, data: Buffer) => {
    if (type === PACKET.PRELOGIN && handshake !== undefined) {
      handshake.stream.push(data);
      return;
    }
    switch (type) {
      case PACKET.PRELOGIN:
        reply(prelogin(encryption === 'on' ? 1 : 2));
        if (encryption === 'on') handshake = secure();
        return;
      case PACKET.LOGIN:
        database = loginDatabase(data);
        state.logins.push({ encrypted, database });
        if (resource === undefined) reply(loginAck(), done(0));
        else reply(federation('https://login.example', resource), done(0));
        return;
      case PACKET.FEDERATED:
        state.tokens.push(data.subarray(8, 8 + data.readUInt32LE(4)).toString('utf16le'));
        reply(loginAck(), done(0));
        return;
      case PACKET.ATTENTION:
        state.attentions += 1;
        // The answer to what was stopped, and the one to the stop.
        if (waiting) reply(done(2));
        waiting = false;
        reply(done(0x20));
        return;
      default: {
        const sql = textOf(type, data);
        // The driver's own settings of the session.
        if (sql.startsWith('set ')) return reply(done(0));
        state.requests.push(sql);
        const given = answer(sql, database);
        if (given === 'hang up') socket.destroy();
        else if (given === 'never') waiting = true;
        else reply(...tokens(given));
      }
    }
  };
  const incoming = packets(onMessage);

  /** The handshake goes in packets of the greeting's kind, all that follows in TLS alone. */
  function secure() {
    let secured = false;
    const stream = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, callback) {
        socket.write(secured ? chunk : packet(PACKET.PRELOGIN, chunk));
        callback();
      },
    });
    const channel = new TLSSocket(stream as Socket, { isServer: true, maxVersion: 'TLSv1.2', ...tls() });
    channel.on('error', () => socket.destroy());
    channel.on('secure', () => {
      // What ends the handshake is still in a packet.
      setImmediate(() => {
        secured = true;
        encrypted = true;
      });
      send = (data) => channel.write(data);
    });
    channel.on('data', packets(onMessage));
    return { stream, secured: () => secured };
  }

  socket.on('data', (chunk) => {
    if (handshake?.secured()) handshake.stream.push(chunk);
    else incoming(chunk);
  });
}

function packets(onMessage: (type: number, data: Buffer) => void): (chunk: Buffer) => void {
  let buffer = Buffer.alloc(0);
  let message = Buffer.alloc(0);
  return (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 8 && buffer.length >= buffer.readUInt16BE(2)) {
      const length = buffer.readUInt16BE(2);
      const [type = 0, status = 0] = buffer;
      message = Buffer.concat([message, buffer.subarray(8, length)]);
      buffer = buffer.subarray(length);
      if ((status & 1) === 0) continue;
      const whole = message;
      message = Buffer.alloc(0);
      onMessage(type, whole);
    }
  };
}

function packet(type: number, data: Buffer): Buffer {
  const most = 4000;
  const parts = Math.max(1, Math.ceil(data.length / most));
  return Buffer.concat(
    Array.from({ length: parts }, (_, at) => {
      const part = data.subarray(at * most, (at + 1) * most);
      const head = Buffer.alloc(8);
      head.writeUInt8(type, 0);
      head.writeUInt8(at === parts - 1 ? 1 : 0, 1);
      head.writeUInt16BE(part.length + 8, 2);
      head.writeUInt8((at + 1) & 0xff, 6);
      return Buffer.concat([head, part]);
    }),
  );
}

/** A batch has its headers before the text; a parametrized statement is read for its text only. */
function textOf(type: number, data: Buffer): string {
  const text = data.subarray(data.readUInt32LE(0));
  if (type === PACKET.BATCH) return text.toString('utf16le');
  return text.toString('utf16le').replaceAll(/[^\x20-\x7e]+/g, ' ');
}

/** The ninth of the texts that a login has, behind their places and lengths. */
function loginDatabase(data: Buffer): string {
  const at = data.readUInt16LE(68);
  return data.subarray(at, at + 2 * data.readUInt16LE(70)).toString('utf16le');
}

function prelogin(encryption: number): Buffer {
  const head = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff]);
  return Buffer.concat([head, Buffer.from([15, 0, 0, 0, 0, 0, encryption])]);
}

function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function token(type: number, ...data: Buffer[]): Buffer {
  const body = Buffer.concat(data);
  return Buffer.concat([Buffer.from([type]), u16(body.length), body]);
}

function loginAck(): Buffer {
  const name = 'double';
  return token(0xad, Buffer.from([1, 0x74, 0, 0, 4, name.length]), ucs2(name), Buffer.from([15, 0, 0, 0]));
}

/** Where a token is to be had (1), and what for (2): each as its place and length behind the head. */
function federation(url: string, resource: string): Buffer {
  const texts = [ucs2(url), ucs2(resource)];
  let at = 4 + 9 * texts.length;
  const heads = texts.map((text, index) => {
    const head = Buffer.concat([Buffer.from([index + 1]), u32(text.length), u32(at)]);
    at += text.length;
    return head;
  });
  return Buffer.concat([Buffer.from([0xee]), u32(at), u32(texts.length), ...heads, ...texts]);
}

/** @param count rows that the statement took, or none that the server would count */
function done(status: number, count?: number): Buffer {
  const flags = status | (count === undefined ? 0 : 0x10);
  return Buffer.concat([Buffer.from([0xfd]), u16(flags), u16(0), u32(count ?? 0), u32(0)]);
}

function tokens(given: Exclude<TdsAnswer, string>): Buffer[] {
  if ('error' in given) {
    const message = ucs2(given.message);
    const text = Buffer.concat([u16(given.message.length), message, Buffer.from([0, 0])]);
    return [token(0xaa, u32(given.error), Buffer.from([1, 16]), text, u32(1)), done(2)];
  }
  const counts = (given.counts ?? []).map((count) => done(1, count));
  if (given.columns === undefined) return [...counts, done(0)];
  const collation = Buffer.from([9, 4, 0xd0, 0, 52]);
  const width = Math.max(given.columns.length, ...(given.rows ?? []).map((row) => row.length));
  const columns = Array.from({ length: width }, (_, at) => given.columns?.[at] ?? `c${at + 1}`).map((name) =>
    Buffer.concat([u32(0), u16(1), Buffer.from([0xe7]), u16(8000), collation, Buffer.from([name.length]), ucs2(name)]),
  );
  const rows = (given.rows ?? []).map((row) =>
    Buffer.concat([
      Buffer.from([0xd1]),
      ...row.map((cell) => (cell === null ? u16(0xffff) : Buffer.concat([u16(cell.length * 2), ucs2(cell)]))),
    ]),
  );
  const head = Buffer.concat([Buffer.from([0x81]), u16(columns.length), ...columns]);
  return [...counts, head, ...rows, done(0, rows.length)];
}
