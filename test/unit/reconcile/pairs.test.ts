import { describe, expect, it } from 'vitest';
import type { PairSettings } from '../../../src/config/reconcile-settings.ts';
import type { Targets } from '../../../src/config/targets.ts';
import { withPair } from '../../../src/reconcile/pairs.ts';
import type { ReconcileRequest } from '../../../src/reconcile/run.ts';

const request = (pair: PairSettings, given: Partial<ReconcileRequest> = {}) =>
  withPair({ tables: [], parallel: 2, limit: 20, ...given, given } as unknown as ReconcileRequest, 'shop', {
    pair: async () => pair,
  } as unknown as Targets);

describe('a pair of sluice.yaml as the words of the command', () => {
  const shop = { source: 'a', target: 'b', tables: ['orders'] };

  it('takes how large tables are read from the pair', async () => {
    expect(await request({ ...shop, parallel: 8, partRows: 5000, maxLoad: 2.5 })).toMatchObject({
      parallel: 8,
      'part-rows': 5000,
      'max-load': '2.5',
    });
  });

  it('puts what was typed before what the pair says, and that before the defaults', async () => {
    expect(await request({ ...shop, parallel: 8, limit: 5 }, { parallel: 3 })).toMatchObject({ parallel: 3, limit: 5 });
    expect(await request(shop)).toMatchObject({ parallel: 2, limit: 20 });
  });
});
