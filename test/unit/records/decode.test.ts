import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, decodePlain } from '../../../src/records/decode.ts';
import { decodedText } from '../../../src/records/decoded.ts';
import { parseJson } from '../../../src/records/json.ts';

const bytes = (text: string) => Buffer.from(text);

describe('a key or a value without a registry', () => {
  it.each([
    ['{"id":1}', 'json', { id: 1 }],
    [' [1, 2]', 'json', [1, 2]],
    ['"text"', 'json', 'text'],
    ['42', 'json', 42],
    ['-1.50', 'json', -1.5],
    ['1e3', 'json', 1000],
    ['null', 'json', null],
    ['true', 'json', true],
    ['9007199254740993', 'json', '9007199254740993'],
    [
      '{"id":9007199254740993,"n":[0.10000000000000000001]}',
      'json',
      { id: '9007199254740993', n: ['0.10000000000000000001'] },
    ],
    ['1e999', 'json', '1e999'],
    ['{"schema":{"type":"string","optional":false},"payload":"k"}', 'json with schema', 'k'],
    ['{"schema":null,"payload":null}', 'json with schema', null],
    ['{"schema":"mine","payload":1}', 'json', { schema: 'mine', payload: 1 }],
    ['{"schema":{"type":"int32"},"payload":1,"more":2}', 'json', { schema: { type: 'int32' }, payload: 1, more: 2 }],
    ['{"id":', 'string', '{"id":'],
    ['plain', 'string', 'plain'],
    ['', 'string', ''],
    ['007', 'string', '007'],
    ['2026-11-30', 'string', '2026-11-30'],
    ['größer\n😀', 'string', 'größer\n😀'],
    ['a\u0000b', 'bytes', 'YQBi'],
  ])('%j is %s', (text, format, value) => {
    const decoded = decodePlain(bytes(text));
    expect(decoded).toEqual({ format, value });
  });

  it('is bytes if it is not UTF-8', () => {
    const decoded = decodePlain(Buffer.from([0xff, 0xfe, 0x41]));
    expect(decoded).toEqual({ format: 'bytes', value: '//5B' });
    expect(decodedText(decoded)).toBe('0xfffe41');
  });

  it('is null for a tombstone', async () => {
    expect(await decode(null)).toEqual({ format: 'null', value: null });
  });

  it('says that it looks like a schema of a registry that the context does not name', async () => {
    expect(await decode(Buffer.from([0, 0, 0, 0, 7, 2, 65]))).toEqual({
      format: 'bytes',
      value: 'AAAAAAcCQQ==',
      schemaId: 7,
      note: 'it looks like schema 7 of a registry, and the context names no schemaRegistry',
    });
  });

  it('never fails, and keeps bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (array) => {
        const buffer = Buffer.from(array);
        const decoded = await decode(buffer);
        if (decoded.format === 'bytes')
          expect(Buffer.from(decoded.value as string, 'base64').equals(buffer)).toBe(true);
        if (decoded.format === 'string') expect(Buffer.from(decoded.value as string).equals(buffer)).toBe(true);
        expect(typeof decodedText(decoded)).toBe('string');
      }),
    );
  });
});

describe('numbers of a JSON text', () => {
  it('are the same or text, never other numbers', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: -30, max: 30 }), (digits, exponent) => {
        const text = `${digits}e${exponent}`;
        const value = parseJson(text)?.value;
        if (typeof value === 'string') expect(value).toBe(text);
        else {
          const [whole = '', fraction = ''] = value?.toString().includes('e')
            ? []
            : (value?.toString() ?? '').split('.');
          // Compared as whole numbers of the smallest unit.
          if (whole !== '') {
            const scale = 40n;
            const asked = digits * 10n ** (scale + BigInt(exponent));
            const sign = whole.startsWith('-') ? -1n : 1n;
            const shown = BigInt(whole) * 10n ** scale + sign * BigInt(fraction.padEnd(Number(scale), '0') || '0');
            expect(shown).toBe(asked);
          }
        }
      }),
    );
  });
});
