import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderFinding } from '../../../src/cli/views/validate.ts';
import { compactForm, gitlabForm } from '../../../src/cli/views/validate-forms.ts';
import { checkProject } from '../../../src/config/project.ts';
import { readText } from '../../../src/connectors/files.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { fixText } from '../../../src/validate/fix.ts';
import { allRules } from '../../../src/validate/rules/catalog.ts';
import { validateConnectors } from '../../../src/validate/validate.ts';
import { corpusFiles } from '../../helpers/corpus.ts';
import { store } from './check.ts';

/** `SLUICE_FUZZ_SEED=7` begins elsewhere, `SLUICE_FUZZ_CASES=1000` goes on for longer or shorter. */
const SEED = Number(process.env['SLUICE_FUZZ_SEED'] ?? 1);
const CASES = Number(process.env['SLUICE_FUZZ_CASES'] ?? 10_000);
/** Of CPU time, a thousand times what a case takes: what needs more hangs. */
const SLOWEST_MS = 5000;

/** mulberry32: small, and the same everywhere. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FOLDER = path.join(import.meta.dirname, '..', '..', 'fixtures', 'corpus');
const STRIMZI = `apiVersion: v1
kind: List
items:
  - apiVersion: kafka.strimzi.io/v1beta2
    kind: KafkaConnector
    metadata: { name: a }
    spec:
      class: io.debezium.connector.jdbc.JdbcSinkConnector
      tasksMax: 010
      config:
        topics: &topics shop.orders
        topics.regex: (a+)+b
        errors.deadletterqueue.topic.name: *topics
        delete.enabled: yes
        <<: { batch.size: 1_000 }
`;
const PROPERTIES = `# standalone
name=sink
connector.class : FileStreamSink
topics = a,\\
  b
file=C:\\\\data\\u0041
transforms=r
transforms.r.type=RegexRouter
transforms.r.regex=(.*)
transforms.r.replacement=x-$1
`;
const TEXTS: readonly { file: string; text: string }[] = [
  ...corpusFiles.map((file) => ({ file, text: readFileSync(path.join(FOLDER, file), 'utf8') })),
  ...Array.from({ length: 6 }, () => ({ file: 'list.yaml', text: STRIMZI })),
  ...Array.from({ length: 8 }, () => ({ file: 'sink.properties', text: PROPERTIES })),
  { file: '-', text: STRIMZI },
  { file: '-', text: PROPERTIES },
];
const PROJECT = `version: 1
contexts:
  dev: &dev
    connect: { url: http://127.0.0.1:8083, password: \${PASSWORD:-x} }
    kafka: { bootstrapServers: [127.0.0.1:9092] }
    variables: { DB: shop }
  prod: { <<: *dev, protected: true }
databases: { shop: postgres://u@h:5432/shop }
connectors: [connectors/*.yaml]
topics: { "shop.*": { partitions: 3, retention: 30d } }
validate: { rules: { no-heartbeat: off }, silence: [{ rule: unknown-key, reason: known }] }
reconcile: { pairs: { orders: { source: shop, target: shop, tables: [orders], schedule: "0 * * * *" } } }
`;

const TOKENS: readonly string[] = [
  ...['${', '${}', '${A:-', '$${X}', '${file:/a:b}', '{{x}}', '$X', '\\u', '\\u12g4', '\\', '\\\n', '"', "'", '""'],
  ...['*a', '&a ', '&a *a', '<<: *a\n', '!!binary x', '!!int x', '!<tag> ', '---\n', '...\n', '%YAML 1.1\n---\n'],
  ...[
    '? a\n: b\n',
    '|2\n',
    '>-\n',
    '\t',
    '\r',
    '\r\n',
    '- ',
    '-\n',
    ': ',
    ':',
    ', ',
    ',,',
    '#',
    ' # sluice-ignore unknown-key: x',
  ],
  ...['\u0000', '\u001b[31m', '\u202e', '\ufeff', '\ud800', '\udfff', '😀', '\u2028', '\u0085', 'ß'],
  ...['__proto__: 1\n', '"__proto__":{"a":1},', 'constructor: {}\n', '"toString":"x",', 'hasOwnProperty=1\n'],
  ...[
    '1e999',
    '-0',
    '0x',
    '0b2',
    '08',
    '1_',
    '9'.repeat(400),
    '-1',
    '.5',
    'NaN',
    'yes',
    'null',
    '~',
    '[]',
    '{}',
    '[{}]',
  ],
  ...[
    '[',
    '{',
    ']',
    '}',
    '(',
    ')',
    '(?<',
    '(?<n>',
    '(?i',
    '[^',
    '\\Q',
    '{1,',
    '*',
    '+?',
    '$9',
    '${n}',
    '|',
    '(a+)+$',
    '(.*)*b',
  ],
  ...['a'.repeat(64), '['.repeat(5000), '{"a":'.repeat(2000), 'a: {'.repeat(300), '- '.repeat(300), 'a:\n '.repeat(40)],
  ...[
    'connector.class',
    'transforms',
    'predicates',
    '.type',
    'name',
    'config',
    'topics.regex',
    'io.debezium.',
    'latest',
    '[1,2)',
  ],
];

function mutated(text: string, next: () => number): string {
  const at = (length: number) => Math.floor(next() * length);
  const pick = <T>(from: readonly T[]) => from[at(from.length)] as T;
  let result = text;
  for (let left = 1 + at(4); left > 0; left -= 1) {
    const [start, end] = [at(result.length + 1), at(result.length + 1)].sort((a, b) => a - b) as [number, number];
    const short = Math.min(end, start + at(40));
    const before = result.slice(0, start);
    switch (at(8)) {
      case 0:
        result = before + result.slice(short);
        break;
      case 1:
        result = before + result.slice(start, short) + result.slice(start);
        break;
      case 2:
      case 3:
        result = before + pick(TOKENS) + result.slice(start);
        break;
      case 4:
        result = before + String.fromCharCode(at(0x10000)) + result.slice(start + 1);
        break;
      case 5:
        result = before;
        break;
      case 6: {
        // The value of a key.
        const values = [...result.matchAll(/(?<=[:=] ?)"?[^",\n{}[\]]+"?/g)];
        const value = values.length === 0 ? undefined : pick(values);
        if (value) result = result.slice(0, value.index) + pick(TOKENS) + result.slice(value.index + value[0].length);
        break;
      }
      default: {
        const lines = result.split('\n');
        const [one, other] = [at(lines.length), at(lines.length)];
        [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
        result = lines.join('\n');
      }
    }
  }
  return result;
}

const KNOWN = new Set(allRules().map(({ id }) => id));
const PLAIN = { color: new Proxy({}, { get: () => (text: string) => text }) } as never;

async function checkText(file: string, text: string, fixes: boolean): Promise<void> {
  const { connectors, findings } = await readText(text, { file, origin: 'named' }, { environment: { A: 'a' } });
  const all = [...findings, ...(await validateConnectors(connectors, store, { advice: true }))];
  for (const finding of all) {
    const { position = { line: 1, column: 1, endLine: 1, endColumn: 1 } } = finding;
    const places = [position.line, position.column, position.endLine, position.endColumn];
    if (!KNOWN.has(finding.rule) || places.some((one) => !(one > 0))) throw new Error(JSON.stringify(finding));
    renderFinding(finding, PLAIN);
  }
  const result = {
    files: 1,
    connectors: 1,
    errors: 0,
    warnings: 0,
    notes: 0,
    fixed: [],
    checked: [file],
    findings: all,
  };
  if (compactForm(result).split('\n').length !== all.length + 1) throw new Error('more lines than findings');
  JSON.parse(gitlabForm(result));
  if (fixes) await fixText(text, file, store, { environment: {}, unsafe: true });
}

async function checkProjectText(text: string): Promise<void> {
  try {
    await checkProject(text, 'sluice.yaml');
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    expect(error.code).toBe('PROJECT_INVALID');
  }
}

describe('hostile files', () => {
  it(`end in findings: ${CASES} cases from seed ${SEED}`, async () => {
    for (let index = 0; index < CASES; index += 1) {
      const next = random(SEED * 1_000_003 + index);
      const base = TEXTS[Math.floor(next() * TEXTS.length)];
      const project = next() < 0.06;
      const text = mutated(project ? PROJECT : (base?.text ?? ''), next);
      const begin = process.threadCpuUsage();
      try {
        if (project) await checkProjectText(text);
        else await checkText(base?.file ?? '', text, index % 50 === 0);
        const took = process.threadCpuUsage(begin).user / 1000;
        if (took > SLOWEST_MS) throw new Error(`took ${Math.round(took)} ms`);
      } catch (error) {
        throw new Error(
          `case ${index} of seed ${SEED}, ${project ? 'sluice.yaml' : base?.file}:\n${text.slice(0, 2000)}`,
          {
            cause: error,
          },
        );
      }
    }
  }, 120_000);
});

describe('an expression that takes forever', () => {
  it('is given up before the test times out', async () => {
    const text = JSON.stringify({
      name: 'one',
      config: {
        'connector.class': 'FileStreamSink',
        'topics.regex': '(a+)+b',
        'errors.deadletterqueue.topic.name': 'a'.repeat(100),
      },
    });
    await checkText('one.json', text, false);
  });
});
