import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { SluiceError } from '../../../src/errors/error.ts';
import { resolveReferences, resolveTree } from '../../../src/secrets/references.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-references-'));
writeFileSync(path.join(folder, 'secret.txt'), 'from file\n');
afterAll(() => rmSync(folder, { recursive: true }));

const sources = {
  environment: { HOST: 'db.example', EMPTY: '', PORT: '5432' },
  baseFolder: folder,
  vault: { read: async (reference: string) => `<${reference}>` },
};
const site = { file: 'sluice.yaml', key: 'databases.shop' };
const resolve = (value: string) => resolveReferences(value, site, sources);

describe('references in sluice.yaml', () => {
  it.each([
    ['plain', 'plain'],
    ['postgres://${HOST}:${PORT}/shop', 'postgres://db.example:5432/shop'],
    ['${MISSING:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${MISSING:-}', ''],
    ['${EMPTY}', ''],
    ['${file:secret.txt}', 'from file'],
    ['${vault:secret/shop/db#password}', '<secret/shop/db#password>'],
    ['$${HOST}', '${HOST}'],
    ['$HOST and $', '$HOST and $'],
  ])('%s → %s', async (written, resolved) => expect(await resolve(written)).toBe(resolved));

  it.each([
    ['${MISSING}', /sluice\.yaml: databases\.shop: the variable MISSING is not set/],
    ['${file:nowhere}', /cannot read .*nowhere/],
    ['${provider:x:y}', /is not a valid reference/],
  ])('%s is an error that says where and what', async (written, message) => {
    const error = await resolve(written).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ code: 'REFERENCE_UNRESOLVED', exitCode: 2 });
    expect((error as SluiceError).message).toMatch(message);
  });

  it('leaves text without references unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string().filter((text) => !text.includes('${')),
        async (text) => {
          expect(await resolve(text)).toBe(text);
        },
      ),
    );
  });

  it('resolves every string of a tree and names the key that failed', async () => {
    expect(await resolveTree({ a: ['${HOST}', 1], b: { c: '${PORT}' }, d: null }, site, sources)).toEqual({
      a: ['db.example', 1],
      b: { c: '5432' },
      d: null,
    });
    await expect(resolveTree({ a: [{ b: '${NOPE}' }] }, site, sources)).rejects.toThrow(
      'databases.shop.a[0].b: the variable NOPE',
    );
  });
});
