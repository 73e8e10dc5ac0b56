import { compareTexts } from './compare-texts.ts';

/** JSON's own functions for numbers as they are written; TypeScript's library of ES2024 does not know them. */
interface ExactJson {
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { rawJSON: string };
}

const { rawJSON, isRawJSON, parse } = JSON as unknown as ExactJson;

/**
 * JSON whose numbers keep their digits: 9223372036854775807 and 1.0 would else come back as 9223372036854775808 and 1.
 * Such a number becomes an object that only `JSON.stringify` and the functions below understand.
 */
export function parseExact(text: string): unknown {
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value,
  );
}

/** A whole number for `JSON.stringify`, of any size. */
export function exactInteger(value: bigint): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : rawJSON(String(value));
}

/** Undefined for anything but a whole number, or a text of one. */
export function integerOf(value: unknown): bigint | undefined {
  const text = isRawJSON(value) ? value.rawJSON : value;
  if (typeof text === 'number') return Number.isSafeInteger(text) ? BigInt(text) : undefined;
  return typeof text === 'string' && /^-?\d{1,30}$/.test(text) ? BigInt(text) : undefined;
}

/** A number that `parseExact` kept as text, as YAML can hold it; any other value as it is. */
export function plainNumber(value: unknown): unknown {
  if (!isRawJSON(value)) return value;
  return /^-?\d+$/.test(value.rawJSON) ? BigInt(value.rawJSON) : Number(value.rawJSON);
}

/** The same text for the same JSON value: the order of keys and the spelling of numbers do not count, 1 and 1.0 differ. */
export function canonicalJson(value: unknown): string {
  if (isRawJSON(value)) {
    return /^-?\d+$/.test(value.rawJSON) ? String(BigInt(value.rawJSON)) : `~${Number(value.rawJSON)}`;
  }
  if (typeof value === 'number') return Number.isInteger(value) ? String(BigInt(value)) : `~${value}`;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`);
  return `{${entries.join(',')}}`;
}
