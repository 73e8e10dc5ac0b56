import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readConnectorFiles } from '../../../src/connectors/files.ts';
import { readOverlayFolder } from '../../../src/connectors/overlay-file.ts';
import { readPem } from '../../../src/files/read-file.ts';
import { SchemaStore } from '../../../src/schemas/store.ts';
import { loadEnvironment } from '../../../src/secrets/environment.ts';
import { fixFiles } from '../../../src/validate/fix.ts';

const home = mkdtempSync(path.join(tmpdir(), 'sluice-encoding-'));
afterAll(() => rmSync(home, { recursive: true }));

function write(name: string, text: string, encoding: 'latin1' | 'utf8'): string {
  const file = path.join(home, name);
  writeFileSync(file, Buffer.from(text, encoding));
  return file;
}

const PROPERTIES = 'name=a\nconnector.class=x\nfile=/m\u00fcll\nother=\\u20ac\n';

it.each(['latin1', 'utf8'] as const)('reads properties in %s without a change of a character', async (encoding) => {
  const file = write(`${encoding}.properties`, PROPERTIES, encoding);
  const { connectors, findings } = await readConnectorFiles([file], { environment: {} });
  expect(findings).toEqual([]);
  expect(connectors[0]?.config).toMatchObject({ file: '/m\u00fcll', other: '\u20ac' });
});

it.each([
  ['windows.properties', 'name=a\nconnector.class=x\nfile=/\x80uro\n'],
  ['a.json', '{"name":"a","config":{"connector.class":"x","file":"m\u00fcll"}}'],
  ['a.yaml', 'name: a\nconfig:\n  connector.class: x\n  file: m\u00fcll\n'],
])('refuses %s in an encoding that cannot be recognized', async (name, text) => {
  const { connectors, findings } = await readConnectorFiles([write(name, text, 'latin1')], { environment: {} });
  expect(connectors).toEqual([]);
  expect(findings).toMatchObject([{ rule: 'binary-file' }]);
});

it('takes no other characters for those of an env file or an overlay', async () => {
  const env = write('a.env', 'PW=gehe\u00efm\n', 'latin1');
  expect(() => loadEnvironment([env], {})).toThrow(/not UTF-8/);
  const folder = mkdtempSync(path.join(home, 'overlays-'));
  writeFileSync(path.join(folder, 'a.yaml'), Buffer.from('database.password: gehe\u00efm\n', 'latin1'));
  const { overlays, findings } = await readOverlayFolder(folder);
  expect([overlays, findings.length]).toEqual([[], 1]);
});

it('reads certificates with any text around them', () => {
  const file = write('ca.pem', '# M\u00fcller\n-----BEGIN CERTIFICATE-----\n', 'latin1');
  expect(readPem(file)).toContain('-----BEGIN CERTIFICATE-----');
  // Node would ignore it.
  expect(() => readPem(write('ca.der', '0\u0082\u0003', 'latin1'))).toThrow('it is not a PEM file');
});

it('fixes properties in their own encoding', async () => {
  const file = write(
    'fix.properties',
    'name=a\nconnector.class=FileStreamSource\nfile=/m\u00fcll\ntasks.maxx=1\n',
    'latin1',
  );
  const applied = await fixFiles([file], new SchemaStore(), { environment: {}, unsafe: true });
  expect(applied.length).toBe(1);
  expect(readFileSync(file).toString('latin1')).toBe(
    'name=a\nconnector.class=FileStreamSource\nfile=/m\u00fcll\ntasks.max=1\n',
  );
});
