import avro from 'avsc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReplayReport } from '../../src/dlq/replay.ts';
import type { ShowReport } from '../../src/dlq/show.ts';
import { workFolder } from '../helpers/connectors.ts';
import { deadLetter, TestTopics } from '../helpers/dead-letters.ts';
import { isDownloaded, startApicurio } from '../helpers/registry/apicurio.ts';
import { startFakeRegistry, type TestRegistry } from '../helpers/registry/fake.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';

const folder = workFolder('dlq-registry');
const topics = new TestTopics();

afterAll(async () => {
  await topics.removeAll();
  folder.remove();
});

const COLOUR = { type: 'enum', name: 'Colour', namespace: 'shop', symbols: ['RED', 'BLUE'] };
const ORDER = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'colour', type: 'shop.Colour' },
  ],
};
const JSON_SCHEMA = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' };

const framed = (id: number, value: Uint8Array) => {
  const prefix = Buffer.alloc(5);
  prefix.writeInt32BE(id, 1);
  return Buffer.concat([prefix, value]);
};

async function register(url: string, subject: string, body: object): Promise<number> {
  const response = await fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: number }).id;
}

/** Runs dlq with a context that names a registry. */
function dlq(args: readonly string[], registry: string) {
  const project = folder.write(
    'sluice.yaml',
    `version: 1\ndefaultContext: here\ncontexts:\n  here:\n    connect: ${sandbox.connectUrl}\n    kafka:\n      bootstrapServers: ${sandbox.bootstrapServers}\n    schemaRegistry:\n${registry}`,
  );
  return sluice(['dlq', ...args, '--json', '--project', project], { env: { REGISTRY_PASSWORD: 'registry-secret' } });
}

const kinds = [
  { name: 'the fake of the tests', start: startFakeRegistry, there: true },
  {
    name: isDownloaded() ? 'Apicurio' : 'Apicurio (skipped: not downloaded, npm run test:registry)',
    start: startApicurio,
    there: isDownloaded(),
  },
];

describe.each(kinds)('with $name as the registry', ({ name, start, there }) => {
  describe.skipIf(!there)('dlq', () => {
    const queue = name.startsWith('Apicurio') ? 'dlq-registry-apicurio' : 'dlq-registry-fake';
    let registry: TestRegistry;

    beforeAll(async () => {
      registry = await start();
    });

    afterAll(() => registry.stop());

    it('decodes Avro with references and JSON Schema, and replays every byte', async () => {
      await topics.create(queue);
      await topics.create(`${queue}-target`);
      const { url } = registry;
      await register(url, 'shop/Colour', { schema: JSON.stringify(COLOUR) });
      const references = [{ name: 'shop.Colour', subject: 'shop/Colour', version: 1 }];
      const order = await register(url, 'orders-value', { schema: JSON.stringify(ORDER), references });
      const json = await register(url, 'json-value', { schema: JSON.stringify(JSON_SCHEMA), schemaType: 'JSON' });
      const proto = 'syntax = "proto3"; message A { string b = 1; }';
      const protobuf = await register(url, 'proto-value', { schema: proto, schemaType: 'PROTOBUF' });
      const type = avro.Type.forSchema({
        ...ORDER,
        fields: [ORDER.fields[0], { name: 'colour', type: COLOUR }],
      } as never);
      const values = [
        framed(order, type.toBuffer({ id: 42, colour: 'BLUE' })),
        framed(json, Buffer.from('{"id":9007199254740993}')),
        framed(protobuf, Buffer.from([0, 10, 1, 98])),
        framed(4711, Buffer.from([1])),
        framed(order, Buffer.from([0x80])),
      ];
      await topics.write(
        queue,
        values.map((value, n) => deadLetter(`${queue}-target`, 0, n, { value })),
      );

      const shown = await dlq(['show', '--queue', queue, '--limit', '9'], `      url: ${url}\n`);
      expect(shown.code, shown.stderr).toBe(0);
      const { records } = parseDocument<ShowReport>(shown.stdout, 'dlq-show');
      expect(records.map(({ value }) => value)).toEqual([
        { format: 'avro', schemaId: order, value: { id: 42, colour: 'BLUE' } },
        { format: 'json schema', schemaId: json, value: { id: '9007199254740993' } },
        { format: 'bytes', schemaId: protobuf, value: expect.any(String), note: 'sluice does not read PROTOBUF' },
        { format: 'bytes', schemaId: 4711, value: expect.any(String), note: 'the schema registry has no schema 4711' },
        {
          format: 'bytes',
          schemaId: order,
          value: expect.any(String),
          note: expect.stringMatching(/^it does not fit/),
        },
      ]);
      expect(shown.stderr).not.toContain('Warning');

      const replayed = await dlq(['replay', '--queue', queue, '--yes'], '      url: http://127.0.0.1:1\n');
      expect(replayed.code, replayed.stderr).toBe(0);
      expect(parseDocument<ReplayReport>(replayed.stdout, 'dlq-replay').replayed).toBe(values.length);
      expect((await topics.read(`${queue}-target`)).map(({ value }) => value)).toEqual(values);
    });

    it('says that a path is wrong', async () => {
      const { stdout } = await dlq(
        ['show', '--queue', queue, '--limit', '1'],
        `      url: ${registry.url.replace('/ccompat/v7', '/nope')}\n`,
      );
      const { warnings } = parseDocument<{ warnings?: string[] }>(stdout, 'dlq-show');
      expect(warnings).toEqual([expect.stringMatching(/answered 404, and no schema/)]);
    });
  });
});

describe('a registry that wants credentials', () => {
  it('gets those of the context, and never shows them', async () => {
    const registry = await startFakeRegistry('registry-secret');
    try {
      const queue = 'dlq-registry-auth';
      await topics.create(queue);
      await topics.write(queue, [deadLetter('x', 0, 0, { value: framed(1, Buffer.from([2])) })]);
      const show = (password: string) =>
        dlq(
          ['show', '--queue', queue, '--limit', '1'],
          `      url: ${registry.url}\n      username: reader\n      password: ${password}\n`,
        );
      const right = await show('${REGISTRY_PASSWORD}');
      expect(parseDocument<ShowReport>(right.stdout, 'dlq-show').records[0]?.value.note).toBe(
        'the schema registry has no schema 1',
      );
      const wrong = await show('registry-wrong');
      expect(wrong.code).toBe(0);
      expect(parseDocument<{ warnings: string[] }>(wrong.stdout, 'dlq-show').warnings).toEqual([
        expect.stringMatching(/does not accept the credentials \(401\)/),
      ]);
      for (const { stdout, stderr } of [right, wrong])
        expect(stdout + stderr).not.toMatch(/registry-secret|registry-wrong/);
    } finally {
      await registry.stop();
    }
  });
});
