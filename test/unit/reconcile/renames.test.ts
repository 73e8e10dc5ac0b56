import { describe, expect, it } from 'vitest';
import { renames } from '../../../src/reconcile/run.ts';

describe('--rename-columns', () => {
  it('SOURCE=TARGET, and what a pair of sluice.yaml has', () => {
    expect(renames('note=remark, qty=quantity')).toEqual({ note: 'remark', qty: 'quantity' });
    expect(renames({ note: 'remark' })).toEqual({ note: 'remark' });
  });

  it.each(['note', 'a=b=c', '=b', 'a=', 'a=b,a=c'])('refuses %s', (list) => {
    expect(() => renames(list)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
