import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlainYaml } from '../../../../src/connectors/sources/fast-yaml.ts';
import { parseAnyYaml } from '../../../../src/connectors/sources/yaml.ts';

/** Pieces of which YAML is made, those with a meaning of their own above all. */
const oddKeys = fc.constantFrom(
  ...['name', 'config', 'tasks.max', 'a', 'a-b', 'true', 'null', '~', '1', '<<', '__proto__', '"a b"', "'it'", '""'],
  ...[
    '"a\\n"',
    "'it''s'",
    '- a',
    '? a',
    '&x a',
    '*x',
    '!t a',
    '{a',
    '[a',
    'a b',
    'a:b',
    '#a',
    'é',
    '%YAML',
    '---',
    '...',
  ],
);
const oddValues = fc.constantFrom(
  ...['', 'text', '1.0', '0x1F', '-1', 'true', 'False', 'null', '~', 'yes', '"quoted"', "'single'", '""', 'a: b', 'a:'],
  ...[
    'a #b',
    'a#b',
    '# comment',
    '"q" # c',
    '"q"#c',
    '"q" x',
    "'it''s'",
    '"a\\tb"',
    '|',
    '>-',
    '&a b',
    '*a',
    '!!str 1',
  ],
  ...[
    '[a, b]',
    '{a: b}',
    '- a',
    '@a',
    '`a`',
    '%a',
    'a,b',
    '${file:/x:y}',
    '${X}',
    'public\\.orders',
    '(a|b)',
    '^a$',
    '.*',
  ],
  ...[
    'http://h:1/p',
    'a:b',
    '+1',
    '=',
    ';',
    '<<',
    '...',
    '---',
    'a\tb',
    'a\u0085b',
    'a\u2028b',
    'ü',
    '😀',
    ' a ',
    ': a',
    '?',
  ],
);
const indents = fc.constantFrom(...Array(12).fill(''), '  ', '  ', '    ', ' ', '\t');
// Mostly plain: one odd thing in a text is what would be misread.
const keys = fc.oneof(
  { weight: 24, arbitrary: fc.stringMatching(/^[a-z]{2}[.]?[a-z]{1,3}$/) },
  { weight: 1, arbitrary: oddKeys },
);
const values = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('text', '1', 'true', '"q"', "'s'", '') },
  { weight: 1, arbitrary: oddValues },
);
const line = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(indents, keys, fc.constantFrom(': ', ': ', ': ', ': ', ':  ', ':', ' : '), values)
      .map((all) => all.join('')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '  ', '# comment', '  # comment', '---', '...', '- a', 'text', '%YAML 1.2', '\r'),
  },
);
const texts = fc
  .array(line, { minLength: 1, maxLength: 7 })
  .chain((lines) => fc.constantFrom('\n', '\n', '\r\n').map((end) => lines.join(end)));

async function agrees(text: string): Promise<boolean> {
  const plain = parsePlainYaml(text);
  if (plain === undefined) return false;
  const { documents, problems } = await parseAnyYaml(text);
  expect(problems).toEqual([]);
  expect(documents.map(({ value }) => value)).toEqual(plain);
  expect(JSON.stringify(documents.map(({ value }) => value))).toBe(JSON.stringify(plain));
  return true;
}

describe('parsePlainYaml', () => {
  it('says what the yaml package says, or nothing', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        if (await agrees(text)) read += 1;
      }),
      { numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(500);
  });

  it('reads connector files as people write them', async () => {
    const flat = `# Orders, from PostgreSQL
---
name: orders-source
"connector.class": io.debezium.connector.postgresql.PostgresConnector  # 3.5
tasks.max: 1
database.password: \${file:/secrets:PASSWORD}
table.include.list: 'public\\.orders,public\\.customers'
heartbeat.interval.ms: "10000"
empty:
`;
    const strimzi = `apiVersion: kafka.strimzi.io/v1
kind: KafkaConnector
metadata:
  name: orders
  labels:
    strimzi.io/cluster: connect
spec:
  class: io.debezium.connector.postgresql.PostgresConnector
  tasksMax: 1
  config:

    topic.prefix: shop
`;
    expect(await agrees(flat)).toBe(true);
    expect(await agrees(strimzi)).toBe(true);
  });

  it.each([
    ['doubles', 'a: 1\na: 2'],
    ['lists', 'a:\n  - b'],
    ['anchors', 'a: &x b'],
    ['block texts', 'a: |\n  b'],
    ['an empty document', 'a: b\n---\n---\nc: d'],
    ['tabs', 'a:\tb'],
    ['texts on several lines', 'a: b\n  c'],
    ['a null that goes on', 'a: null\n  b: c'],
    ['no mapping', '# nothing'],
  ])('leaves %s to the yaml package', (_what, text) => {
    expect(parsePlainYaml(text)).toBeUndefined();
  });
});
