import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProperties, writeProperty } from '../../../../src/connectors/sources/properties.ts';

const read = (text: string) => parseProperties(text).documents[0]?.value;

/** Each case as java.util.Properties reads it. */
describe('properties', () => {
  it.each([
    ['a=b', { a: 'b' }],
    ['a:b', { a: 'b' }],
    ['a b', { a: 'b' }],
    ['  a \t = \t b  ', { a: 'b  ' }],
    ['a==b', { a: '=b' }],
    ['a = : b', { a: ': b' }],
    ['a', { a: '' }],
    ['# c\n! d\n\n  # e\na=b', { a: 'b' }],
    ['a=b\\\n   c\\\n\td', { a: 'bcd' }],
    ['a=b\\\r\n  c', { a: 'bc' }],
    ['a=b\\\\\nc=d', { a: 'b\\', c: 'd' }],
    ['a=b \\\n # no comment', { a: 'b # no comment' }],
    ['a\\ b\\=c\\:d=e', { 'a b=c:d': 'e' }],
    ['a=\\t\\n\\u00e4\\q\\u0041', { a: '\t\nä\u0071A' }],
    ['a=\\ b', { a: ' b' }],
    ['a=b\rc=d', { a: 'b', c: 'd' }],
    ['a\\\n  =b', { a: 'b' }],
    ['a=b\\', { a: 'b' }],
    ['\u00e4=\u00f6', { ä: 'ö' }],
    ['', {}],
  ])('%j', (text, expected) => expect(read(text)).toEqual(expected));

  it('locates keys and values', async () => {
    const text = '# c\n  topics = a,\\\n    b\nx=1\n';
    const locate = await parseProperties(text).documents[0]?.locator();
    const at = (key: string, part: 'key' | 'value') => {
      const span = locate?.([key])?.[part];
      return span && text.slice(span.start, span.end);
    };
    expect(at('topics', 'key')).toBe('topics');
    expect(at('topics', 'value')).toBe('a,\\\n    b');
    expect(at('x', 'value')).toBe('1');
  });

  it.each([
    ['a=1\na=2', 'duplicate-key'],
    ['a=\\u12', 'syntax'],
    ['=b', 'syntax'],
  ])('has something against %j', (text, rule) => {
    expect(parseProperties(text).problems.map((problem) => problem.rule)).toEqual([rule]);
  });

  it('reads back any key and value that it writes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' }), (key, value) => {
        const text = `${writeProperty(key, 'key')}=${writeProperty(value, 'value')}\n`;
        expect(Object.entries(read(text) as object)).toEqual([[key, value]]);
      }),
    );
  });
});
