import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import type { KafkaSettings } from '../../../src/config/project.ts';
import type { SluiceError } from '../../../src/errors/error.ts';
import { bootstrapServers, createAdmin } from '../../../src/kafka/admin.ts';
import { askKafka, closeKafka } from '../../../src/kafka/ask.ts';
import { openTopics } from '../../../src/kafka/topics.ts';
import { listeners } from '../../helpers/listener.ts';

const port = listeners();
/** Something that listens on a broker's port and is none. */
const listen = async (talk: (socket: Socket) => void) => `127.0.0.1:${await port(talk)}`;

it.each([
  'me:geheim@k:9092',
  'SASL_SSL://me:geheim@k:9092',
  ['k:9092', 'me:geheim@k:9092'],
  'k:99999',
  'k:0',
  'k 1:9092',
  ' , ',
])('refuses %j as servers without showing it', (servers) => {
  let error: unknown;
  try {
    bootstrapServers({ bootstrapServers: servers });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'PROJECT_INVALID' });
  expect(JSON.stringify(error) + String(error)).not.toContain('geheim');
});

it('takes servers in a list, in a text, and in both', () => {
  const list = ['a:9092', 'b.c', '[::1]:9093'];
  expect(bootstrapServers({ bootstrapServers: 'a:9092, b.c,[::1]:9093' })).toEqual(list);
  expect(bootstrapServers({ bootstrapServers: ['a:9092,b.c', ' [::1]:9093'] })).toEqual(list);
});

it('gives up a server that says nothing', async () => {
  const server = await listen(() => {});
  const admin = await createAdmin({ bootstrapServers: server });
  // The library alone would try for minutes, which is more than this test may take.
  await expect(askKafka(() => admin.listTopics({}), [server], { maxMs: 300 })).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    message: `Kafka at ${server} did not answer within 0.3 s`,
  });
  await closeKafka(admin);
});

it('ends at once when the run is interrupted', async () => {
  const server = await listen(() => {});
  const admin = await createAdmin({ bootstrapServers: server });
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('stop')), 50);
  const asked = askKafka(() => admin.listTopics({}), [server], { signal: controller.signal });
  // Not the error of a server that does not answer.
  await expect(asked).rejects.toThrow('stop');
  await closeKafka(admin);
});

it('ends the reads of topics at once, too', async () => {
  const server = await listen(() => {});
  const controller = new AbortController();
  await using topics = await openTopics({ bootstrapServers: server }, controller.signal);
  setTimeout(() => controller.abort(new Error('stop')), 50);
  await expect(topics.names()).rejects.toThrow('stop');
  await expect(topics.describe(['a'])).rejects.toThrow('stop');
});

it('survives a server that fails a connection more than once', async () => {
  const server = await listen((socket) => socket.on('data', (data) => socket.write(data)));
  const sasl = { mechanism: 'SCRAM-SHA-256', username: 'bob', password: 'geheim' } as const;
  const admin = await createAdmin({ bootstrapServers: server, sasl });
  await expect(askKafka(() => admin.listTopics({}), [server], { maxMs: 5_000 })).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
  });
  await closeKafka(admin);
});

const TLS = packagePath('test', 'fixtures', 'tls');
const pem = (name: string) => path.join(TLS, name);

/** What a client of these settings is told by a server. */
async function failure(settings: Omit<KafkaSettings, 'bootstrapServers'>, server: string): Promise<SluiceError> {
  const admin = await createAdmin({ bootstrapServers: server, ...settings });
  try {
    return await askKafka(() => admin.listTopics({}), [server], { maxMs: 8_000 }).then(
      () => Promise.reject(new Error('it answered')),
      (error: unknown) => error as SluiceError,
    );
  } finally {
    await closeKafka(admin);
  }
}

async function listenTls(): Promise<string> {
  const keys = { key: readFileSync(pem('key.pem')), cert: readFileSync(pem('certificate.pem')) };
  return `127.0.0.1:${await port(
    () => {},
    (talk) => createTlsServer(keys).on('connection', talk),
  )}`;
}

const sasl = { mechanism: 'PLAIN', username: 'bob', password: 'geheim-1' } as const;

it('says which authority a certificate wants, and nothing of how to start Node', async () => {
  const error = await failure({ tls: true, sasl }, await listenTls());
  expect(error).toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    retryable: false,
    message: expect.stringMatching(/no trusted TLS connection to Kafka at .* \(DEPTH_ZERO_SELF_SIGNED_CERT\)/),
    hint: expect.stringContaining('kafka.tls.ca'),
  });
  expect(JSON.stringify(error) + error.message).not.toMatch(/Node\.js|geheim/);
});

it('names the files that OpenSSL cannot read', async () => {
  const file = pem('certificate.pem');
  const tls = { ca: file, cert: file, key: file };
  await expect(createAdmin({ bootstrapServers: 'k:9092', tls })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    hint: expect.stringContaining('Check the files of kafka.tls'),
  });
});

it.each([
  ['closes', {}, 'kafka.sasl'],
  ['closes before TLS begins', { tls: true }, 'should kafka.tls be left out?'],
])('says what a listener may want that %s', async (_what, settings, hint) => {
  const server = await listen((socket) => socket.on('data', () => socket.end()));
  expect(await failure(settings, server)).toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    hint: expect.stringContaining(hint),
  });
});

it('says that a listener wants TLS', async () => {
  // The alert that Java sends.
  const server = await listen((socket) => socket.on('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 80]))));
  const error = await failure({}, server);
  expect(error).toMatchObject({ code: 'KAFKA_UNREACHABLE', hint: expect.stringContaining('Set kafka.tls') });
});

it('refuses a file of certificates that has none: Node would ignore it', async () => {
  await expect(
    createAdmin({ bootstrapServers: 'k:9092', tls: { ca: packagePath('package.json') } }),
  ).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringMatching(/kafka\.tls\.ca: .*it is not a PEM file/),
  });
});
