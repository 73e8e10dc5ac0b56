import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { NoResponse, type Request } from '../../../src/connect/transport.ts';
import { avroReader, decimalText } from '../../../src/records/avro.ts';
import { decode } from '../../../src/records/decode.ts';
import { SchemaRegistry } from '../../../src/records/registry.ts';

type Answer = { status: number; body: unknown } | 'refused';

/** A registry's REST API as far as it is read; `dlq-registry.test.ts` holds it against a real one. */
function registryOf(answers: Record<string, Answer>) {
  const asked: string[] = [];
  const warnings: string[] = [];
  const http = {
    send: async ({ path }: Request) => {
      asked.push(path);
      const answer = answers[path] ?? { status: 404, body: { error_code: 40403, message: 'Schema not found' } };
      const base = 'http://registry:8081';
      if (answer === 'refused')
        throw new NoResponse(base, 'ECONNREFUSED', { unsent: true, timeoutMs: 5000, cause: undefined });
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      return {
        status: answer.status,
        text,
        base,
        contentType: '',
        location: undefined,
        proxy: undefined,
        credentials: [],
      };
    },
  };
  const logger = { debug: () => {}, warn: (message: string) => void warnings.push(message) };
  return { registry: new SchemaRegistry(http, logger), asked, warnings };
}

const framed = (id: number, bytes: Uint8Array) => {
  const prefix = Buffer.alloc(5);
  prefix.writeInt32BE(id, 1);
  return Buffer.concat([prefix, bytes]);
};

const ORDER = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: { type: 'long', 'connect.name': 'x' } },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'amount', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'raw', type: 'bytes' },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'ms', type: { type: 'long', logicalType: 'timestamp-millis' } },
  ],
};

/** What Connect's Avro converter writes: the library's own writer, with numbers of 64 bits as BigInt. */
function written(schema: object, value: unknown): Buffer {
  const long = avro.types.LongType.__with({
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer: (number: bigint) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigInt64LE(number);
      return buffer;
    },
    fromJSON: (number: unknown) => number,
    toJSON: (number: unknown) => number,
    isValid: (number: unknown) => typeof number === 'bigint',
    compare: () => 0,
  });
  const typeHook = (one: unknown) => (one === 'long' || (one as { type?: string }).type === 'long' ? long : undefined);
  return avro.Type.forSchema(schema as never, { typeHook } as never).toBuffer(value);
}

const VALUE = {
  id: 9007199254740993n,
  note: null,
  amount: Buffer.from([0xff, 0x85]),
  raw: Buffer.from([1, 2]),
  day: 19_000,
  at: 1_700_000_000_123_456n,
  ms: 1_700_000_000_123n,
};

const READ = {
  id: '9007199254740993',
  note: null,
  amount: '-1.23',
  raw: 'AQI=',
  day: '2022-01-08',
  at: '2023-11-14T22:13:20.123456Z',
  ms: '2023-11-14T22:13:20.123Z',
};

describe('Avro', () => {
  it('shows every value exactly', () => {
    const reader = avroReader({ schema: JSON.stringify(ORDER), references: [] });
    expect(reader(written(ORDER, VALUE))).toEqual(READ);
  });

  it.each([
    [[], 2, '0.00'],
    [[5], 3, '0.005'],
    [[0xff], 0, '-1'],
    [[0x7f, 0xff], 1, '3276.7'],
    [[1], -2, '1'],
  ])('decimal %j of scale %i is %s', (bytes, scale, text) => {
    expect(decimalText(Uint8Array.from(bytes), scale)).toBe(text);
  });

  it('reads a schema whose default does not fit its type', () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'string', default: null }] };
    const reader = avroReader({ schema: JSON.stringify(schema), references: [] });
    expect(reader(Buffer.from([2, 0x78]))).toEqual({ a: 'x' });
  });
});

describe('a record with a schema of a registry', () => {
  it('is read with the schema, which is requested once', async () => {
    const { registry, asked } = registryOf({
      '/schemas/ids/7': { status: 200, body: { schema: JSON.stringify(ORDER) } },
    });
    const record = framed(7, written(ORDER, VALUE));
    expect(await decode(record, registry)).toEqual({ format: 'avro', schemaId: 7, value: READ });
    await decode(record, registry);
    expect(asked).toEqual(['/schemas/ids/7']);
  });

  it('is read with the schemas that its schema refers to, the innermost first', async () => {
    const outer = { type: 'record', name: 'Outer', fields: [{ name: 'order', type: 'shop.Item' }] };
    const item = { type: 'record', name: 'Item', namespace: 'shop', fields: [{ name: 'colour', type: 'shop.Colour' }] };
    const colour = { type: 'enum', name: 'Colour', namespace: 'shop', symbols: ['RED', 'BLUE'] };
    const { registry } = registryOf({
      '/schemas/ids/1': {
        status: 200,
        body: { schema: JSON.stringify(outer), references: [{ name: 'shop.Item', subject: 'item/value', version: 3 }] },
      },
      '/subjects/item%2Fvalue/versions/3': {
        status: 200,
        body: { schema: JSON.stringify(item), references: [{ name: 'shop.Colour', subject: 'colour', version: 1 }] },
      },
      '/subjects/colour/versions/1': { status: 200, body: { schema: JSON.stringify(colour) } },
    });
    expect(await decode(framed(1, Buffer.from([2])), registry)).toMatchObject({ value: { order: { colour: 'BLUE' } } });
  });

  it('is read as JSON if its schema is a JSON Schema', async () => {
    const body = { schema: '{"type":"object"}', schemaType: 'JSON' };
    const { registry } = registryOf({ '/schemas/ids/2': { status: 200, body } });
    expect(await decode(framed(2, Buffer.from('{"id":9007199254740993}')), registry)).toEqual({
      format: 'json schema',
      schemaId: 2,
      value: { id: '9007199254740993' },
    });
  });

  it.each<[string, Answer, RegExp]>([
    ['has no such schema', { status: 404, body: { error_code: 40403 } }, /has no schema 9$/],
    ['has a Protobuf schema', { status: 200, body: { schema: 'x', schemaType: 'PROTOBUF' } }, /does not read PROTOBUF/],
    ['has a schema that is not Avro', { status: 200, body: { schema: '{"type":"no"}' } }, /schema 9 cannot be used/],
    ['has another schema', { status: 200, body: { schema: '"long"' } }, /does not fit schema 9/],
  ])('is bytes, and says why, if the registry %s', async (_title, answer, note) => {
    const { registry, warnings } = registryOf({ '/schemas/ids/9': answer });
    const record = framed(9, Buffer.from([0xff, 0xff, 0x01, 0x02]));
    const decoded = await decode(record, registry);
    expect(decoded).toMatchObject({ format: 'bytes', value: record.toString('base64'), schemaId: 9 });
    expect(decoded.note).toMatch(note);
    expect(warnings).toEqual([]);
  });

  it.each<[string, Answer, RegExp]>([
    ['is away', 'refused', /not reachable \(ECONNREFUSED\)/],
    ['refuses the credentials', { status: 401, body: '' }, /does not accept the credentials \(401\)/],
    ['is something else', { status: 200, body: '<html>' }, /answered 200, and no schema/],
    ['has another path', { status: 404, body: '<html>' }, /answered 404, and no schema/],
    ['has another path of Apicurio', { status: 404, body: { error_code: 404 } }, /answered 404, and no schema/],
    ['fails', { status: 500, body: { error_code: 50001 } }, /answered 500/],
  ])('is bytes, with one warning and no further request, if the registry %s', async (_title, answer, reason) => {
    const { registry, asked, warnings } = registryOf({ '/schemas/ids/3': answer, '/schemas/ids/4': answer });
    for (const id of [3, 4, 3]) {
      const decoded = await decode(framed(id, Buffer.from([1, 2, 3])), registry);
      expect(decoded.format).toBe('bytes');
      expect(decoded.note).toMatch(reason);
    }
    expect(asked).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(reason);
  });
});
