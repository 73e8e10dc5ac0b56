import { describe, expect, it } from 'vitest';
import { cached } from '../../../src/text/cached.ts';

describe('a function with its answers cached', () => {
  it('answers as the function does, and asks it once', () => {
    const asked: string[] = [];
    const length = cached((text) => asked.push(text) && text.length);
    expect([length('ab'), length(''), length('ab'), length('')]).toEqual([2, 0, 2, 0]);
    expect(asked).toEqual(['ab', '']);
  });

  it('keeps neither long texts nor any number of them', () => {
    let asked = 0;
    const isLong = cached((text) => {
      asked += 1;
      return text.length > 200;
    });
    const long = 'x'.repeat(201);
    expect([isLong(long), isLong(long), asked]).toEqual([true, true, 2]);
    for (let round = 0; round < 2; round += 1) for (let at = 0; at < 6000; at += 1) isLong(`${at}`);
    expect(asked).toBe(2 + 6000 + 1000);
  });
});
