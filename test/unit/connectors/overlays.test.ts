import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConnectorFiles, readText } from '../../../src/connectors/files.ts';
import { type Overlay, readOverlayFolder } from '../../../src/connectors/overlay-file.ts';
import { Overlays, overlayFolder } from '../../../src/connectors/overlays.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';
import { MASK } from '../../../src/text/redact.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-overlays-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): string {
  const absolute = path.join(folder, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, text);
  return absolute;
}

const ORDERS = 'name: orders\nconfig:\n  connector.class: X\n  tasks.max: 1\n  topics: orders\n';

async function read(
  environment: Record<string, string> = {},
  others?: () => Promise<ReadonlySet<string> | undefined>,
  connector = ORDERS,
) {
  const file = write('connectors/orders.yaml', connector);
  const { overlays, findings } = await readOverlayFolder(path.join(folder, 'overlays'));
  const result = await readConnectorFiles([file], {
    environment,
    overlays: new Overlays(overlays, findings, { folder: 'overlays/production', others }),
  });
  return { ...result, connector: result.connectors[0] };
}

describe('an overlay', () => {
  it('that is nested too deep is a finding', async () => {
    write('overlays/orders.json', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect((await read()).findings.map(({ rule }) => rule)).toContain('syntax');
  });

  it('shows no secret that another of its keys shares by an alias', async () => {
    write('overlays/orders.yaml', 'config:\n  x.password: &pw geheim-1\n  y: *pw\nstate: *pw\n');
    const { connector, findings } = await read();
    expect(findings.map(({ rule }) => rule)).toEqual(['state-unknown']);
    expect(JSON.stringify(findings)).not.toContain('geheim-1');
    if (connector) expect(configSecrets(connector).desired('y', 'geheim-1')).toBe(MASK);
  });

  it('changes, adds and removes keys of its connector, wherever they are', async () => {
    const file = write(
      'overlays/orders.yaml',
      '# for production\ntopics: orders,returns\ntasks.max: null\nbatch.size: ${SIZE}\n',
    );
    const { connector, findings } = await read({ SIZE: '500' });
    expect(findings).toEqual([]);
    expect(connector?.config).toEqual({ 'connector.class': 'X', topics: 'orders,returns', 'batch.size': '500' });
    expect(connector?.written['batch.size']).toBe('${SIZE}');
    expect(connector?.overlay).toEqual({ file, keys: new Set(['topics', 'batch.size']) });

    const places = await connector?.positions();
    const topics = places?.value('topics');
    expect(topics).toMatchObject({ line: 2, column: 9 });
    expect(topics && places?.file(topics)).toBe(file);
    expect(topics && places?.excerpt(topics).text).toBe('topics: orders,returns');
    expect(topics && places?.line(topics, 1)).toBe('# for production');
    const own = places?.key('connector.class');
    expect(own).toMatchObject({ line: 3, column: 3 });
    expect(own && places?.file(own)).toContain('connectors/orders.yaml');
  });

  it('may be JSON, with the state next to the config', async () => {
    write('overlays/orders.json', '{"config": {"topics": "x"}, "state": "stopped"}');
    const { connector, findings } = await read();
    expect(findings).toEqual([]);
    expect(connector).toMatchObject({ state: 'stopped', config: { topics: 'x' } });
  });

  it('contains the name if it is not a valid file name', async () => {
    write('overlays/any.yaml', 'name: a/b\ntopics: x\n');
    const { connector } = await read({}, undefined, ORDERS.replace('orders', 'a/b'));
    expect(connector?.config['topics']).toBe('x');
    expect(connector?.config).not.toHaveProperty('name');
  });

  it('without content changes nothing', async () => {
    write('overlays/orders.yaml', '# nothing yet\n');
    const { connector, findings } = await read();
    expect(findings).toEqual([]);
    expect(connector?.config['topics']).toBe('orders');
  });

  it('with a variable that is not set points at its own line', async () => {
    const file = write('overlays/orders.yaml', 'topics: ${TOPICS}\n');
    const { findings } = await read();
    expect(findings).toMatchObject([{ rule: 'unset-variable', file, position: { line: 1, column: 9 } }]);
  });

  it('cures a variable that its connector names and its context has not', async () => {
    write('overlays/orders.yaml', 'topics: fixed\n');
    const { findings, connector } = await read({}, undefined, ORDERS.replace('topics: orders', 'topics: ${TOPICS}'));
    expect(findings).toEqual([]);
    expect(connector?.unset.size).toBe(0);
  });

  it.each([
    ['of no connector', 'order.yaml', 'topics: x', 'overlay-unmatched', 'Did you mean orders?'],
    ['that takes away what is not there', 'orders.yaml', 'topisc: null', 'overlay-no-effect', 'spelling'],
    ['with a list', 'orders.yaml', 'topics: [a, b]', 'value-not-text', 'separated by commas'],
    ['with a stray key', 'orders.yaml', 'config: { topics: x }\ntasks.max: 2', 'stray-key', 'Move it'],
    ['with an unknown state', 'orders.yaml', 'config: {}\nstate: halted', 'state-unknown', 'stopped'],
    ['that renames', 'orders.yaml', 'config: { name: x }', 'name-mismatch', 'Remove'],
    ['with a key twice', 'orders.yaml', 'topics: x\ntopics: y', 'duplicate-key', 'Keep one'],
    ['that is a list', 'orders.yaml', '- topics', 'not-a-connector', 'key: value'],
    ['of several documents', 'orders.yaml', 'topics: x\n---\ntopics: y', 'not-a-connector', 'key: value'],
  ])('%s is a finding', async (_what, file, text, rule, hint) => {
    const absolute = write(`overlays/${file}`, text);
    const { findings } = await read();
    expect(findings).toMatchObject([{ rule, file: absolute, hint: expect.stringContaining(hint) }]);
  });

  it('of a connector that this run does not read is not a finding', async () => {
    write('overlays/payments.yaml', 'topics: x');
    expect((await read({}, async () => new Set(['payments', 'orders']))).findings).toEqual([]);
    expect((await read({}, async () => new Set(['orders']))).findings).toMatchObject([{ severity: 'error' }]);
    // Nobody knows what other connectors there are.
    expect((await read({}, async () => undefined)).findings).toMatchObject([{ severity: 'warning' }]);
  });

  it('exists once per connector', async () => {
    write('overlays/orders.json', '{"topics": "x"}');
    const second = write('overlays/orders.yaml', 'topics: y');
    expect((await read()).findings).toMatchObject([{ rule: 'duplicate-name', file: second }]);
  });

  it('is merged by key, with any keys', async () => {
    const key = fc.constantFrom('a.b', 'c', '__proto__', 'constructor', 'transforms.x.type');
    const value = fc.string({ maxLength: 5 }).filter((text) => !text.includes('$'));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(key, value), { selector: ([one]) => one }),
        fc.uniqueArray(fc.tuple(key, fc.option(value)), { selector: ([one]) => one }),
        async (own, over) => {
          const overlay: Overlay = {
            name: 'x',
            file: 'x.yaml',
            config: new Map(over),
            positions: () => Promise.reject(new Error('not asked for')),
          };
          const fields = Object.fromEntries([['connector.class', 'X'], ...own]);
          const text = JSON.stringify({ name: 'x', config: fields });
          const { connectors } = await readText(
            text,
            { file: 'x.json', origin: 'named' },
            { environment: {}, overlays: new Overlays([overlay], [], { folder: '' }) },
          );
          const expected = new Map<string, string>([['connector.class', 'X'], ...own]);
          for (const [one, changed] of over) changed === null ? expected.delete(one) : expected.set(one, changed);
          expect(new Map(Object.entries(connectors[0]?.config ?? {}))).toEqual(expected);
        },
      ),
    );
  });
});

describe('the folder of overlays', () => {
  it('has the name of the context, which cannot lead elsewhere', () => {
    expect(overlayFolder('shop', 'production')).toBe(path.join('shop', 'overlays', 'production'));
    for (const name of ['../x', 'a/b', '..', '.', '', 'a\\b']) expect(overlayFolder('shop', name)).toBeUndefined();
  });

  it('is optional', async () => {
    expect(await readOverlayFolder(path.join(folder, 'none'))).toEqual({ overlays: [], findings: [] });
  });
});
