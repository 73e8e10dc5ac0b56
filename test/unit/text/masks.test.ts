import { describe, expect, it } from 'vitest';
import { holdsMask, isMasked } from '../../../src/text/masks.ts';
import { MASK } from '../../../src/text/redact.ts';

describe('a mask', () => {
  it.each([
    ['a URL', 'u', `http://u:${MASK}@h/`],
    ['a parameter', 'connection.url', `jdbc:postgresql://h/d?user=u&password=${MASK}`],
    ['one of two URLs', 'u', `http://u:${MASK}@h/,http://u:real@h/`],
    ['a secret that goes on', 'connection.password', `${MASK}x`],
  ])('stands for a secret in %s', (_where, key, value) => {
    expect(holdsMask(key, value)).toBe(true);
    expect(isMasked(value)).toBe(false);
  });

  it.each([
    ['a comment', 'query', `/${MASK}/ SELECT 1`],
    ['a URL without one', 'u', 'http://u:real@h/'],
    ['a user of that name', 'u', `http://${MASK}@h/`],
  ])('is not found in %s', (_where, key, value) => expect(holdsMask(key, value)).toBe(false));
});
