import { describe, expect, it } from 'vitest';
import type { Database } from '../../../../src/config/targets.ts';
import type { Splitting } from '../../../../src/databases/model.ts';
import type { ServerFacts } from '../../../../src/databases/session.ts';
import type { TablePair } from '../../../../src/reconcile/compare/table-pair.ts';
import { comparisonOf, scanOf } from '../../../../src/reconcile/shards/fingerprint.ts';

const SERVER = { product: 'PostgreSQL', version: '18', major: 18, database: 'd', snapshot: true, digests: [] };
const options = {
  source: { name: 's', url: 'postgres://h/d' },
  target: { name: 't', url: 'postgres://h/d' },
} satisfies Record<string, Database>;

function scan(server: Pick<ServerFacts, 'identity' | 'installation'>, file = '1'): string {
  const splitting: Splitting = { by: 'blocks', blocks: 9, file };
  const side = {
    session: { server: { ...SERVER, ...server } },
    table: { schema: 'public', name: 't', splitting },
    queries: { combine: 'xor' },
  };
  const pair = { source: side, target: side, plan: { pairs: [], key: [], unique: true }, hash: 'fast' };
  return scanOf(pair as unknown as TablePair, options);
}

describe('the scan of a comparison', () => {
  it('belongs to the servers that were read, at any address', () => {
    const own = scan({ identity: 'a', installation: '1/1' });
    expect(scan({ identity: 'started anew', installation: '1/1' })).toBe(own);
    expect(scan({ identity: 'a', installation: '1/2' })).not.toBe(own);
    expect(scan({ identity: 'b' })).not.toBe(scan({ identity: 'a' }));
    expect(scan({ identity: 'a', installation: '1/1' }, '2')).not.toBe(own);
  });
});

describe('a comparison', () => {
  const compared = (plan: object) => {
    const side = { session: { server: SERVER }, table: { schema: 'public', name: 't' } };
    const none = { pairs: [], key: [], unique: true, oneSided: [], uncompared: [], leftOut: [] };
    const pair = { source: side, target: side, plan: { ...none, ...plan }, hash: 'fast' };
    return comparisonOf(pair as unknown as TablePair, options);
  };

  it.each([
    ['a column of one side', { oneSided: [{ side: 'target', column: 'a' }] }],
    ['a column that could not be compared', { uncompared: [{ column: 'a', reason: 'x' }] }],
    ['a column that was left out', { leftOut: ['a'] }],
  ])('is another one with %s', (_what, plan) => {
    expect(compared(plan)).not.toBe(compared({}));
  });
});
