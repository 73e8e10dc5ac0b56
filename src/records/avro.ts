import avro, { type ForSchemaOptions, type Schema, type Type } from 'avsc';

/** A schema of a registry with those it refers to, which come first. */
export interface AvroSource {
  schema: string;
  references: readonly string[];
}

/**
 * A reader for values of an Avro schema. Numbers of 64 bits that JavaScript cannot hold exactly become text, decimals too;
 * dates and times are ISO 8601; bytes are Base64.
 * @throws Error if the schema is not valid Avro
 */
export function avroReader({ schema, references }: AvroSource): (bytes: Buffer) => unknown {
  const options = { logicalTypes: OF_BYTES, typeHook: ofLong } as Partial<ForSchemaOptions>;
  for (const one of references) avro.Type.forSchema(parsed(one), options);
  const type = avro.Type.forSchema(parsed(schema), options);
  return (bytes) => plain(type.fromBuffer(bytes));
}

/** Without defaults, which reading does not need: one that does not fit its type would make the schema unusable. */
function parsed(schema: string): Schema {
  const hasDefault = (value: object) => 'default' in value && 'name' in value && 'type' in value;
  return JSON.parse(schema, (_key, value: unknown) => {
    if (value === null || typeof value !== 'object' || !hasDefault(value)) return value;
    const { default: _default, ...field } = value as Record<string, unknown>;
    return field;
  }) as Schema;
}

type FromLong = (value: bigint) => unknown;

const number: FromLong = (value) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));

/** The library reads numbers of 64 bits only with a type of one's own, which it does not use for `{"type": "long"}`. */
function ofLong(schema: unknown): Type | undefined {
  const isNamed = schema !== null && typeof schema === 'object' && (schema as { type?: unknown }).type === 'long';
  if (schema !== 'long' && !isNamed) return undefined;
  const { logicalType = '' } = isNamed ? (schema as { logicalType?: string }) : {};
  const convert = OF_LONG.get(logicalType) ?? number;
  const unused = () => {
    throw new Error('sluice only reads Avro');
  };
  return avro.types.LongType.__with({
    fromBuffer: (buffer: Buffer) => convert(buffer.readBigInt64LE()),
    toBuffer: unused,
    fromJSON: unused,
    toJSON: unused,
    isValid: unused,
    compare: unused,
  });
}

/** Only reads. */
abstract class Readable extends avro.types.LogicalType {
  override _toValue(): never {
    throw new Error('sluice writes no Avro');
  }
}

class DecimalType extends Readable {
  readonly #scale: number;

  constructor(schema: Schema, options?: unknown) {
    super(schema, options as never);
    const { scale = 0 } = schema as { scale?: number };
    this.#scale = scale;
  }

  override _fromValue(value: unknown): string {
    return decimalText(value as Buffer, this.#scale);
  }
}

/** A number in two's complement with so many decimal places. */
export function decimalText(bytes: Uint8Array, scale: number): string {
  const bits = 8 * bytes.length;
  const hex = Buffer.from(bytes).toString('hex');
  const value = hex === '' ? 0n : BigInt.asIntN(bits, BigInt(`0x${hex}`));
  const sign = value < 0n ? '-' : '';
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  return scale <= 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const DAY_MS = 86_400_000n;

class DateType extends Readable {
  override _fromValue(value: unknown): unknown {
    return iso(BigInt(value as number) * DAY_MS, '', (text) => text.slice(0, text.indexOf('T')));
  }
}

class TimeType extends Readable {
  override _fromValue(value: unknown): unknown {
    return iso(BigInt(value as number), '', asTime);
  }
}

const OF_BYTES = { decimal: DecimalType, date: DateType, 'time-millis': TimeType };

const millis =
  (show: (text: string) => string): FromLong =>
  (value) =>
    iso(value, '', show);
const micros =
  (show: (text: string) => string): FromLong =>
  (value) => {
    const rest = ((value % 1000n) + 1000n) % 1000n;
    return iso((value - rest) / 1000n, String(rest).padStart(3, '0'), show);
  };
const asTime = (text: string) => text.slice(text.indexOf('T') + 1, -1);
const asLocal = (text: string) => text.slice(0, -1);

const OF_LONG: ReadonlyMap<string, FromLong> = new Map([
  ['time-micros', micros(asTime)],
  ['timestamp-millis', millis((text) => text)],
  ['timestamp-micros', micros((text) => text)],
  ['local-timestamp-millis', millis(asLocal)],
  ['local-timestamp-micros', micros(asLocal)],
]);

/** @param rest digits of a second beyond milliseconds. What no calendar has stays a number. */
function iso(ms: bigint, rest: string, show: (text: string) => string): unknown {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? number(ms) : show(date.toISOString().replace('Z', `${rest}Z`));
}

/** Plain objects instead of the library's records, and Base64 instead of bytes. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
