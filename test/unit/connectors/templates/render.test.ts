import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connectorJson, connectorYaml } from '../../../../src/connectors/templates/file.ts';
import type { Placeholder, Setting, Template } from '../../../../src/connectors/templates/model.ts';
import { connectorConfig, renderTemplate } from '../../../../src/connectors/templates/render.ts';
import { parseAssignments } from '../../../../src/connectors/templates/values.ts';
import { wrapText } from '../../../../src/connectors/templates/wrap.ts';

function template(
  placeholders: Record<string, Placeholder>,
  settings: (Omit<Setting, 'explain'> & { explain?: string })[],
): Template {
  return {
    name: 'demo',
    kind: 'source',
    plugin: 'Demo 1',
    checked: 'run',
    summary: 'A demo',
    class: 'x.Y',
    description: 'For tests.',
    notes: ['A note.'],
    placeholders: { name: { type: 'name', required: true, description: 'Name.' }, ...placeholders },
    sections: [{ title: 'All', settings: settings.map((setting) => ({ explain: 'Why.', ...setting })) }],
  };
}

function render(
  placeholders: Record<string, Placeholder>,
  settings: Parameters<typeof template>[1],
  values: Record<string, string> = {},
) {
  return connectorConfig(
    renderTemplate(template(placeholders, settings), new Map(Object.entries({ name: 'c', ...values }))),
  );
}

function faults(placeholders: Record<string, Placeholder>, values: Record<string, string>) {
  try {
    renderTemplate(template(placeholders, []), new Map(Object.entries(values)));
  } catch (error) {
    return error as { code: string; message: string; exitCode: number; details: Record<string, unknown>; hint: string };
  }
  throw new Error('rendered, though it should not');
}

describe('values', () => {
  test('a default may name other placeholders, and filters shape what they give', () => {
    const placeholders: Record<string, Placeholder> = {
      prefix: { type: 'string', required: true, description: '' },
      slot: { type: 'string', default: '{{prefix|identifier}}_slot', description: '' },
      id: { type: 'integer', default: '{{prefix|number}}', description: '' },
    };
    const settings = [
      { key: 'slot', value: '{{slot}}' },
      { key: 'regex', value: '{{prefix|regex}}\\..+' },
      { key: 'id', value: '{{id}}' },
      { key: 'all', value: '{{prefix|identities}}' },
    ];
    expect(render(placeholders, settings, { prefix: 'My-Shop.1' })).toEqual({
      slot: 'my_shop_1_slot',
      regex: 'My-Shop\\.1\\..+',
      id: expect.stringMatching(/^\d{5,10}$/),
      all: 'My-Shop.1:FULL',
    });
    expect(render(placeholders, settings, { prefix: 'a, b' })['all']).toBe('a:FULL,b:FULL');
    expect(render(placeholders, settings, { prefix: 'x'.repeat(80) })['slot']).toBe(`${'x'.repeat(63)}_slot`);
  });

  test('a setting is left out where its condition does not hold', () => {
    const placeholders: Record<string, Placeholder> = {
      table: { type: 'string', description: '' },
      mode: { type: 'string', default: 'a', values: ['a', 'b'], description: '' },
    };
    const settings = [
      { key: 'table', value: '{{table}}', when: 'table' },
      { key: 'a', value: '1', when: 'mode=a' },
      { key: 'b', value: '2', when: 'mode=b' },
    ];
    expect(render(placeholders, settings)).toEqual({ a: '1' });
    expect(render(placeholders, settings, { table: 't', mode: 'b' })).toEqual({ table: 't', b: '2' });
  });

  test('what a value has in it is never taken for a placeholder or a group', () => {
    const placeholders: Record<string, Placeholder> = { value: { type: 'string', required: true, description: '' } };
    expect(render(placeholders, [{ key: 'k', value: '<{{value}}>' }], { value: "$& $1 $' {{name}} \\" })).toEqual({
      k: "<$& $1 $' {{name}} \\>",
    });
  });

  test('every fault is named at once, with the nearest known name, and no value is repeated', () => {
    const error = faults(
      {
        hostname: { type: 'string', required: true, description: '' },
        database: { type: 'string', required: true, description: '' },
        port: { type: 'integer', description: '', min: 1, max: 65_535 },
        password: { type: 'secret', description: '' },
      },
      { name: 'c', hostnam: 'db', zzz: '1', port: 'abc', password: 'hunter2' },
    );
    expect(error).toMatchObject({ code: 'TEMPLATE_VALUES', exitCode: 2 });
    expect(error.message).toBe(
      'template demo: missing: hostname, database; unknown: hostnam (did you mean hostname?), zzz; port must be a whole number; ' +
        'password must be a reference such as ${DB_PASSWORD} (single quotes keep the shell from reading it), never the secret itself',
    );
    expect(error.hint).toContain('sluice template show demo');
    expect(JSON.stringify(error.details) + error.message).not.toContain('hunter2');
    expect(error.details).toMatchObject({
      missing: ['hostname', 'database'],
      unknown: [{ name: 'hostnam', nearest: 'hostname' }, { name: 'zzz' }],
    });
  });

  test.each<[Partial<Placeholder>, string, string | undefined]>([
    [{ type: 'integer', min: 1 }, '0', 'must be at least 1'],
    [{ type: 'integer', max: 9 }, '10', 'must be at most 9'],
    [{ type: 'integer' }, '1.5', 'must be a whole number'],
    [{ type: 'integer' }, '-1', undefined],
    [{ type: 'integer' }, '${PORT}', undefined],
    [{ type: 'integer' }, '${PORT:-5432}', undefined],
    [{ type: 'string', pattern: '[a-z]+' }, '${HOST:-db.eu}', undefined],
    [{ type: 'string' }, '${URL:-jdbc:postgresql://u:p@h/d}', 'contains a password'],
    [{ type: 'boolean' }, 'yes', 'must be true or false'],
    [{ type: 'boolean' }, 'true', undefined],
    [{ type: 'string', values: ['a', 'b'] }, 'c', 'must be one of a, b'],
    [{ type: 'string', pattern: '[a-z]+' }, 'a1', 'must match [a-z]+'],
    [{ type: 'string' }, 'a\nb', 'must be one line of text'],
    [{ type: 'string' }, 'jdbc:postgresql://u:p@h/d', 'contains a password'],
    [{ type: 'string' }, 'jdbc:postgresql://h/d?user=u&password=p', 'contains a password'],
    [{ type: 'string' }, 'a=b=c', undefined],
    [{ type: 'name' }, 'a b', 'must be letters'],
    [{ type: 'name' }, '${NAME}', 'must be letters'],
    [{ type: 'secret' }, '${file:/run/secrets.properties:db}', undefined],
    [{ type: 'secret' }, '${lower}', 'must be a reference'],
    [{ type: 'secret' }, '${DB_PASSWORD:-hunter2}', 'must be a reference'],
    [{ type: 'secret' }, 'x${NAME}', 'must be a reference'],
  ])('%j with %j: %s', (placeholder, value, reason) => {
    const placeholders = { it: { type: 'string', description: '', ...placeholder } as Placeholder };
    if (reason === undefined)
      expect(render(placeholders, [{ key: 'k', value: '{{it}}' }], { it: value })).toEqual({ k: value });
    else expect(faults(placeholders, { name: 'c', it: value }).message).toContain(`it ${reason}`);
  });

  test('an empty value counts as none', () => {
    expect(
      render({ it: { type: 'string', default: 'd', description: '' } }, [{ key: 'k', value: '{{it}}' }], { it: '' }),
    ).toEqual({ k: 'd' });
    expect(
      faults({ it: { type: 'string', required: true, description: '' } }, { name: 'c', it: '' }).message,
    ).toContain('missing: it');
  });

  test('a template that names an unknown placeholder or filter is a defect', () => {
    expect(() => render({}, [{ key: 'k', value: '{{nothing}}' }])).toThrow('demo has no placeholder nothing');
    expect(() => render({}, [{ key: 'k', value: '{{name|nothing}}' }])).toThrow('demo: there is no filter nothing');
  });
});

describe('--set', () => {
  test('parts at the first =', () => {
    expect([...parseAssignments(['a=b=c', 'd='])]).toEqual([
      ['a', 'b=c'],
      ['d', ''],
    ]);
  });
  test.each([[['a']], [['=b']], [['']]])('%j is no assignment', (texts) => {
    expect(() => parseAssignments(texts)).toThrow(expect.objectContaining({ code: 'TEMPLATE_VALUES' }));
  });
  test('a name twice is an error that names it', () => {
    expect(() => parseAssignments(['a=1', 'a=2'])).toThrow('the placeholder a is set twice');
  });
});

describe('the connector file', () => {
  test('YAML says the same as JSON, with any values', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][a-z.]{0,20}$/), fc.string({ unit: 'grapheme' })), {
          maxLength: 8,
          selector: ([key]) => key,
        }),
        (entries) => {
          const connector = {
            template: 't',
            summary: 's',
            notes: ['n'],
            name: 'c',
            variables: ['A'],
            sections: [
              { title: 'T', settings: entries.map(([key, value]) => ({ key, value, explain: 'Why: # this' })) },
            ],
          };
          const fromYaml = parse(connectorYaml(connector)) as { name: string; config: Record<string, unknown> | null };
          const texts = Object.fromEntries(
            Object.entries(fromYaml.config ?? {}).map(([key, value]) => [key, String(value)]),
          );
          expect({ name: fromYaml.name, config: texts }).toEqual(JSON.parse(connectorJson(connector)));
        },
      ),
    );
  });

  test('each setting has its explanation above it, and the variables stand on top', () => {
    const rendered = renderTemplate(
      template({}, [
        { key: 'a.password', value: '${A_PASSWORD}', explain: 'A reference.' },
        { key: 'b', value: '010' },
      ]),
      new Map([['name', 'c']]),
    );
    expect(connectorYaml(rendered)).toBe(
      `# A demo\n# Created from the template demo.\n#\n# - A note.\n#\n# Variables to set for a deploy: A_PASSWORD.\n\nname: c\nconfig:\n\n  # ---- All ----\n  # A reference.\n  a.password: \${A_PASSWORD}\n  # Why.\n  b: "010"\n`,
    );
  });

  test('an escaped reference is no variable', () => {
    const rendered = renderTemplate(
      template({}, [{ key: 'a', value: '$${A} ${topic} ${B}' }]),
      new Map([['name', 'c']]),
    );
    expect(rendered.variables).toEqual(['B']);
  });
});

test('wrapped text has all its words in order, and no line too long that could be shorter', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/)), fc.integer({ min: 1, max: 30 }), (words, width) => {
      const lines = wrapText(words.join(' '), width);
      expect(lines.join(' ')).toBe(words.join(' '));
      for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
    }),
  );
});

test('wrapped text has no lines if it is blank, and is measured in columns of a terminal', () => {
  expect(wrapText(' \n ', 10)).toEqual([]);
  expect(wrapText('a\n\tb  c', 3)).toEqual(['a b', 'c']);
  expect(wrapText('日本 日本', 6)).toEqual(['日本', '日本']);
});
