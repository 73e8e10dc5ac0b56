import { describe, expect, it } from 'vitest';
import { ENGINES, engineOfJdbcScheme, engineOfScheme } from '../../../src/databases/engines.ts';
import { engineOf } from '../../../src/databases/open.ts';

describe('the engine of a URL', () => {
  it.each([
    ['postgres', 'postgresql', undefined],
    ['postgresql', 'postgresql', 'postgresql'],
    ['mysql', 'mysql', 'mysql'],
    ['mariadb', 'mysql', 'mysql'],
    ['sqlserver', 'sqlserver', 'sqlserver'],
    ['mssql', 'sqlserver', undefined],
    ['oracle', undefined, undefined],
    ['constructor', undefined, undefined],
  ])('with %s: %s, by JDBC %s', (scheme, engine, byJdbc) => {
    expect([engineOfScheme(scheme), engineOfJdbcScheme(scheme)]).toEqual([engine, byJdbc]);
  });

  it('is one of those that the message lists, the scheme of each once', () => {
    expect(() => engineOf({ name: 'shop', url: 'oracle://db/shop' })).toThrow(
      expect.objectContaining({ hint: 'Supported: postgres://, mysql://, mariadb:// and sqlserver://.' }),
    );
  });
});

it('no two engines have a scheme in common', () => {
  const all = Object.values(ENGINES).flatMap(({ schemes, otherSchemes = [] }) => [...schemes, ...otherSchemes]);
  expect(new Set(all).size).toBe(all.length);
});
