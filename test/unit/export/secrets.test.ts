import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveValue } from '../../../src/connectors/references.ts';
import { fileName, variablesOfOthers } from '../../../src/export/files.ts';
import { envLine, escapeReferences, extractSecrets, variableName } from '../../../src/export/secrets.ts';
import { isSecretName } from '../../../src/text/secret-names.ts';

describe('extractSecrets', () => {
  const live = {
    name: 'shop',
    'tasks.max': '1',
    'connector.class': 'X',
    'database.password': 'hunter22',
    'connection.url': 'jdbc:postgresql://h/d?user=a&password=hunter23',
    'connection.token': '${vault:kv/db#token}',
    'typed.secret.key': 'hunter24',
    'collection.name.format': '${topic}',
    'odd.format': '${TOPIC}',
    'masked.password': '********',
    'empty.password': '',
  };
  const extracted = extractSecrets('shop', live, (key) => key === 'typed.secret.key' || isSecretName(key), new Set());

  it('extracts every secret, however it is known, and keeps references', () => {
    expect(extracted.config).toEqual({
      'connector.class': 'X',
      'tasks.max': '1',
      'collection.name.format': '${topic}',
      'connection.token': '${vault:kv/db#token}',
      'connection.url': '${SHOP_CONNECTION_URL}',
      'database.password': '${SHOP_DATABASE_PASSWORD}',
      'empty.password': '',
      'masked.password': '${SHOP_MASKED_PASSWORD}',
      'odd.format': '$${TOPIC}',
      'typed.secret.key': '${SHOP_TYPED_SECRET_KEY}',
    });
    expect(Object.keys(extracted.config).slice(0, 2)).toEqual(['connector.class', 'tasks.max']);
    expect(JSON.stringify(extracted.config)).not.toContain('hunter');
    expect(extracted.masked).toEqual([{ key: 'masked.password', variable: 'SHOP_MASKED_PASSWORD' }]);
  });

  it('reads back as what was live', () => {
    const environment = Object.fromEntries(extracted.variables);
    for (const [key, value] of Object.entries(extracted.config)) {
      if (key === 'masked.password') continue;
      expect(resolveValue(value, environment)).toMatchObject({
        value: (live as Record<string, string>)[key],
        unset: [],
      });
    }
  });
});

describe('variables of other connectors in the same env file', () => {
  const passwords = { password: 'mine', token: 'shared', pin: '********' };
  const extract = (others: Map<string, string | undefined>) =>
    extractSecrets('a-b', passwords, () => true, new Set(), others).config;

  it('keep their values: only a variable with the same value is shared', () => {
    const others = new Map([
      ['A_B_PASSWORD', 'of A.B'],
      ['A_B_TOKEN', 'shared'],
      ['A_B_PIN', 'of A.B'],
    ]);
    expect(extract(others)).toEqual({
      password: '${A_B_PASSWORD_2}',
      token: '${A_B_TOKEN}',
      pin: '${A_B_PIN_2}',
    });
    expect(extract(new Map())).toMatchObject({ password: '${A_B_PASSWORD}', pin: '${A_B_PIN}' });
  });

  it('are those that no replaced file refers to, and those still to be filled in', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-export-'));
    const at = (name: string) => path.join(folder, name);
    writeFileSync(at('.env'), 'A_PW=1\nB_PW=2\n# C_PW=   (pw is masked by the worker: set it here)\n');
    writeFileSync(at('b.json'), '{"pw": "${B_PW}"}');
    expect(variablesOfOthers(at('.env'), [])).toEqual(
      new Map([
        ['C_PW', undefined],
        ['A_PW', '1'],
        ['B_PW', '2'],
      ]),
    );
    expect([...variablesOfOthers(at('.env'), [at('b.json'), at('new.json')]).keys()]).toEqual(['C_PW', 'A_PW']);
    expect(variablesOfOthers(at('none'), [])).toEqual(new Map());
    rmSync(folder, { recursive: true });
  });
});

describe('escapeReferences', () => {
  it('makes any text read as itself', () => {
    const text = fc
      .array(fc.constantFrom('$', '{', '}', '${', '$${', 'A', 'a', 'NAME', ':', '${NAME}'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (value) => {
        expect(resolveValue(escapeReferences(value), { NAME: 'wrong', A: 'wrong' })).toMatchObject({
          value,
          unset: [],
        });
      }),
    );
  });
});

describe('envLine', () => {
  it.each([
    'plain',
    'with space',
    "it's",
    '"quoted"',
    'a#b',
    'a=b',
    ' leading',
    'multi\nline',
    '`tick`',
    'back\\slash',
    'c:\\new',
    '$HOME',
    '',
  ])('reads back %j', (value) => {
    expect(parseEnv(envLine('X', value))['X']).toBe(value);
  });

  it('reads back any value without a single quote', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        fc.pre(!value.includes("'") && !value.includes('\r'));
        expect(parseEnv(envLine('X', value))['X']).toBe(value);
      }),
    );
  });
});

describe('a secret', () => {
  const takeOut = (value: string) => extractSecrets('c', { 'x.password': value }, isSecretName, new Set());

  it('of any text comes back from an env file, in parts if one line cannot hold it', () => {
    const nasty = fc.constantFrom("'", '"', '`', '\\', '\n', '$', '{', '}', '#', ' ', '=', 'a', '${A}', '\\n');
    const text = fc.oneof(
      fc.array(nasty).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (value) => {
        fc.pre(!value.includes('\r') && value !== '' && !/^\$\{[a-z]/i.test(value) && !/^\*+$/.test(value));
        const { config, variables } = takeOut(value);
        const file = [...variables].map(([variable, part]) => `${envLine(variable, part)}\n`).join('');
        expect(resolveValue(config['x.password'] ?? '', parseEnv(file))).toMatchObject({ value, unset: [] });
      }),
    );
  });

  it.skipIf(process.platform === 'win32')('means the same to a shell, which runs nothing of it (needs sh)', () => {
    const nasty = fc.constantFrom(
      "'",
      '"',
      '`',
      '\\',
      '\n',
      '$',
      '(',
      ')',
      ';',
      '&',
      '!',
      '#',
      ' ',
      '=',
      'id',
      '~',
      '*',
    );
    const values = fc.sample(
      fc.array(nasty, { minLength: 1 }).map((parts) => parts.join('')),
      500,
    );
    const variables = values
      .flatMap((value) => [...takeOut(value).variables.values()])
      .map((part, at) => [`V${at}`, part] as const);
    const file = variables.map(([name, part]) => `${envLine(name, part)}\n`).join('');
    const { stdout, stderr } = spawnSync('sh', ['-c', 'set -a; eval "$FILE"; unset FILE; env -0'], {
      env: { PATH: process.env.PATH, FILE: file },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout.split('\0')).toEqual(expect.arrayContaining(variables.map(([name, part]) => `${name}=${part}`)));
  });

  it('that no env file holds is an error that names it, and not its text', () => {
    expect(() => takeOut('hunter22\r\n')).toThrow(/the secret x\.password of "c" has a character/);
    expect(() => takeOut('hunter22\r\n')).not.toThrow(/hunter22/);
  });
});

describe('names', () => {
  it('of variables are what a file may refer to, all different', () => {
    const taken = new Set<string>();
    expect(variableName('orders-sink', 'connection.password', taken)).toBe('ORDERS_SINK_CONNECTION_PASSWORD');
    expect(variableName('orders_sink', 'connection.password', taken)).toBe('ORDERS_SINK_CONNECTION_PASSWORD_2');
    expect(variableName('1st', 'x', taken)).toBe('CONNECTOR_1ST_X');
  });

  it('of files stay in the folder, all different', () => {
    const taken = new Set<string>();
    expect(fileName('../etc/passwd', 'json', taken)).not.toContain('/');
    expect([fileName('a b', 'json', taken), fileName('a_b', 'json', taken)]).toEqual(['a_b.json', 'a_b-2.json']);
  });
});
