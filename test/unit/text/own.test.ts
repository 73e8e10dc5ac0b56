import { describe, expect, it } from 'vitest';
import { own, setOwn } from '../../../src/text/own.ts';

describe('names that every object has', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s is a name like any other', (name) => {
    const record: Record<string, string> = {};
    expect(own(record, name)).toBeUndefined();
    setOwn(record, name, 'value');
    expect(own(record, name)).toBe('value');
    expect(Object.keys(record)).toEqual([name]);
    expect(JSON.stringify(record)).toBe(`{"${name}":"value"}`);
  });
});
