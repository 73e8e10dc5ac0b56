import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type LoadOptions,
  loadConnectorFiles,
  loadReadable,
  selectLoaded,
  showBroken,
} from '../../../src/connectors/load.ts';
import { readOverlayFolder } from '../../../src/connectors/overlay-file.ts';
import { Overlays } from '../../../src/connectors/overlays.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-load-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (file: string) => path.join(folder, file);
const write = (file: string, text: string) => {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), text);
};
const connector = (name: string, more = '') => `name: ${name}\nconfig:\n  connector.class: X\n${more}`;

async function load(options: Partial<LoadOptions> = {}) {
  const { connectors, broken } = await loadReadable([at('c')], { environment: {}, ...options });
  return {
    names: connectors.map(({ name }) => name),
    broken: broken.map((one) => ({
      file: path.relative(folder, one.file),
      connectors: one.connectors,
      incomplete: one.incomplete,
      rules: one.findings.map(({ rule }) => rule),
    })),
  };
}

async function overlays() {
  const read = await readOverlayFolder(at('overlays'));
  return new Overlays(read.overlays, read.findings, { folder: 'overlays' });
}

describe('a broken file', () => {
  it('does not hide the others', async () => {
    write('c/good.yaml', connector('good'));
    write('c/syntax.json', '{"name": ');
    write('c/unset.yaml', `${connector('unset', '  password: ${NOT_SET}\n')}---\n${connector('beside')}`);
    expect(await load()).toEqual({
      names: ['good', 'beside'],
      broken: [
        { file: 'c/syntax.json', connectors: [], incomplete: true, rules: ['syntax'] },
        { file: 'c/unset.yaml', connectors: ['unset'], incomplete: false, rules: ['unset-variable'] },
      ],
    });
  });

  it('hides what else is in it if it cannot be read to its end', async () => {
    write('c/good.yaml', connector('good'));
    write('c/two.yaml', `${connector('first')}---\nname: [\n`);
    const { names, broken } = await load();
    expect(names).toEqual(['good']);
    expect(broken).toMatchObject([{ file: 'c/two.yaml', incomplete: true }]);
  });

  it('is every file that describes a connector again', async () => {
    write('c/a.yaml', connector('twice'));
    write('c/b.yaml', connector('twice'));
    write('c/c.yaml', connector('once'));
    expect(await load()).toEqual({
      names: ['once'],
      broken: [{ file: 'c/b.yaml', connectors: ['twice'], incomplete: false, rules: ['duplicate-name'] }],
    });
    write('c/b.yaml', connector('twice', '  x: ${NOT_SET}\n'));
    expect((await load()).names).toEqual(['once']);
  });

  it('is an error if there are no others, with a line each and all findings', async () => {
    write('c/a.json', '{"name": ');
    write('c/b.yaml', connector('b', '  x: ${ONE}\n  y: ${TWO}\n'));
    const options = { environment: {} };
    for (const run of [loadReadable, loadConnectorFiles]) {
      const error = await run([at('c')], options).catch((one: unknown) => one);
      expect(error).toMatchObject({ code: 'CONNECTOR_FILE_INVALID', exitCode: 11 });
      expect((error as Error).message).toMatch(
        /^2 files have errors\n {2}\S+a\.json:1:10: not valid JSON: .+\n {2}\S+b\.yaml:4:6: the variable ONE is not set \(and 1 more\)$/,
      );
      expect(error).toMatchObject({
        hint: 'See all findings with: sluice validate',
        details: { findings: { length: 3 } },
      });
    }
  });

  it('is about variables only if all that is missing are variables', async () => {
    write('c/a.yaml', connector('a', '  x: ${ONE}\n'));
    write('c/b.yaml', connector('b', '  x: ${ONE}\n'));
    await expect(load()).rejects.toMatchObject({ code: 'REFERENCE_UNRESOLVED', exitCode: 2 });
  });

  it('is not a long list', async () => {
    for (let file = 0; file < 30; file++) write(`c/${file}.json`, '{');
    await expect(load()).rejects.toThrow(/^30 files have errors(\n.+){20}\n {2}and 10 more$/);
  });

  it('may have the connector that was selected', async () => {
    write('c/good.yaml', connector('good'));
    write('c/unset.yaml', connector('unset', '  x: ${ONE}\n'));
    const loaded = await loadReadable([at('c')], { environment: {} });
    expect(selectLoaded(loaded, { only: ['unset'] })).toEqual([]);
    expect(() => selectLoaded(loaded, { only: ['other'] })).toThrow('it is not in any file');
    write('c/syntax.json', '{"name": ');
    const more = await loadReadable([at('c')], { environment: {} });
    expect(() => selectLoaded(more, { only: ['other'] })).toThrow('2 files have errors');
    expect(selectLoaded(more, { only: ['good'] })).toHaveLength(1);
  });

  it('shows no secret beside its error', async () => {
    write('c/good.yaml', connector('good'));
    write('c/a.yaml', connector('a', '  database.password: geheim-1\n  x: [1]\n'));
    const { broken } = await loadReadable([at('c')], { environment: {} });
    const shown = broken.map((one) => showBroken(one));
    expect(shown).toMatchObject([{ connectors: ['a'], error: { code: 'CONNECTOR_FILE_INVALID' } }]);
    expect(JSON.stringify(shown)).not.toContain('geheim-1');
  });
});

describe('variables that are not set', () => {
  it('are kept on request, but not in the name', async () => {
    write('c/a.yaml', connector('a', '  x: ${ONE}\n'));
    write('c/b.yaml', connector('b-${TWO}'));
    expect(await load({ allowUnset: true })).toEqual({
      names: ['a'],
      broken: [{ file: 'c/b.yaml', connectors: [], incomplete: true, rules: ['unset-variable'] }],
    });
  });

  it('do not make up for a missing name', async () => {
    write('c/a.yaml', connector('a'));
    // Not a connector named after its file.
    write('c/d/a.json', '{"connector.class": "X"}');
    expect(await load({ allowUnset: true })).toEqual({
      names: ['a'],
      broken: [{ file: 'c/d/a.json', connectors: [], incomplete: true, rules: ['missing-name'] }],
    });
  });
});

describe('a broken overlay', () => {
  it('leaves out its connector only', async () => {
    write('c/a.yaml', connector('a'));
    write('c/b.yaml', connector('b'));
    write('overlays/a.yaml', 'x: [');
    expect(await load({ overlays: await overlays() })).toMatchObject({
      names: ['b'],
      broken: [{ file: 'overlays/a.yaml', connectors: ['a'] }],
    });
    write('overlays/a.yaml', 'x: [1]\n');
    expect((await load({ overlays: await overlays() })).names).toEqual(['b']);
  });

  it('ends the run if it may be one of any connector', async () => {
    write('c/a.yaml', connector('a'));
    write('overlays/other.yaml', 'name: a\nconfig: [');
    await expect(load({ overlays: await overlays() })).rejects.toThrow('other.yaml');
  });

  it('is not one whose connector is in a broken file', async () => {
    write('c/a.yaml', connector('a'));
    write('c/b.yaml', 'name: [');
    write('overlays/b.yaml', 'x: 1\n');
    expect((await load({ overlays: await overlays() })).broken.map(({ file }) => file)).toEqual(['c/b.yaml']);
    write('c/b.yaml', connector('c'));
    await expect(load({ overlays: await overlays() })).rejects.toThrow('there is no connector "b" for this overlay');
  });
});

describe('a name where a file is expected', () => {
  const hint = (...paths: string[]) =>
    loadReadable(paths, { environment: {} }).then(
      () => undefined,
      (error: { hint?: string }) => error.hint,
    );

  it('is not taken for a path', async () => {
    expect(await hint('orders-sink')).toContain('by name: `only: orders-sink`');
    expect(await hint('orders-sink', 'it')).toContain('by name: `only: orders-sink` `only: it`');
    for (const file of ['./orders-sink', 'orders-sink.json', 'connectors/orders'])
      expect(await hint(file)).toBe('Check the path.');
    expect(await hint('orders-sink', 'connectors/orders')).toContain('sluice validate');
  });
});
