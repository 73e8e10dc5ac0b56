import { describe, expect, it } from 'vitest';
import { flagName } from '../../../src/cli/flag-names.ts';
import { parseNames, parseRenames } from '../../../src/cli/flags.ts';
import { settingsOf } from '../../../src/cli/settings-of.ts';

describe('--rename-columns', () => {
  it('is SOURCE=TARGET names', () => {
    expect(parseRenames('note=remark, qty=quantity')).toEqual({ note: 'remark', qty: 'quantity' });
  });

  it.each(['note', 'a=b=c', '=b', 'a=', 'a=b,a=c'])('refuses %s', (list) => {
    expect(() => parseRenames(list)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

it('a list of names has at least one', () => {
  expect(parseNames('a, b,')).toEqual(['a', 'b']);
  for (const list of ['', ' ', ',', ' , '])
    expect(() => parseNames(list)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

it('typed flags become settings of a request', () => {
  const flags = { 'fence-timeout': 1000, limit: 100, strong: true };
  const metadata = { flags: { limit: { setFromDefault: true }, strong: { setFromDefault: false } } };
  expect(settingsOf(flags, metadata)).toEqual({ fenceTimeout: 1000, strong: true });
});

it.each([
  ['fenceTimeout', undefined, '--fence-timeout'],
  ['repair', 'sql', '--repair sql'],
  ['preflight', false, '--no-preflight'],
] as const)('the setting %s %s is %s on the command line', (name, value, flag) => {
  expect(flagName(name, value)).toBe(flag);
});
