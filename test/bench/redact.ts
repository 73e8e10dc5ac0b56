import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleInto } from '../../scripts/bundle.ts';
import { MASK, type redactText } from '../../src/text/redact.ts';
import { type Benchmark, type Figure, option } from './bench.ts';

type Redact = typeof redactText;

const MODULE = 'src/text/redact.ts';
const SIZE = 1_000_000;
const RUNS = 12;

/**
 * CPU time of masking 1 MB of any text: dense in secrets, in names that are nearly secret, in what could start a secret. It
 * measures what the product runs, which is bundled: constants and small functions are part of the code that uses them. Option:
 * `--before FOLDER` (another commit, to be compared with; it is not built).
 */
export const redact: Benchmark = {
  name: 'redact',
  async run(options) {
    const folder = option(options, '--before');
    const ours = await bundled();
    const theirs = folder === undefined ? undefined : await bundled(folder);
    return Object.entries(texts()).flatMap(([name, text]): Figure[] => {
      let best = Number.POSITIVE_INFINITY;
      let before = Number.POSITIVE_INFINITY;
      for (let run = 0; run < RUNS; run += 1) {
        best = Math.min(best, cpuTime(ours, text));
        if (theirs !== undefined) before = Math.min(before, cpuTime(theirs, text));
      }
      const figure = { name: `1 MB of ${name}`, value: best, unit: 'ms', target: { most: 20 } };
      return theirs === undefined
        ? [figure]
        : [figure, { name: `${name} / the commit before`, value: best / before, unit: '×' }];
    });
  },
};

/** @param checkout the root of another commit; by default ours */
async function bundled(checkout?: string): Promise<Redact> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-redact-'));
  try {
    await bundleInto(folder, [MODULE], checkout);
    const { href } = pathToFileURL(path.join(folder, MODULE.replace(/ts$/, 'js')));
    return ((await import(href)) as { redactText: Redact }).redactText;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In milliseconds. */
function cpuTime(redacts: Redact, text: string): number {
  const before = process.cpuUsage();
  redacts(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * In one piece: a string that was put together from a million would be the larger part of what the garbage collector looks at.
 * @param part a stretch of text, by its number: all the same, or all different
 */
function filled(part: string | ((at: number) => string)): string {
  if (typeof part === 'string') return part.repeat(Math.ceil(SIZE / part.length)).slice(0, SIZE);
  const parts: string[] = [];
  for (let at = 0, length = 0; length < SIZE; at += 1) length += parts[parts.push(part(at)) - 1]?.length ?? 0;
  return Buffer.from(parts.join('')).toString().slice(0, SIZE);
}

/** What may hold a secret, or looks like it. */
const SHAPES = [
  ...['password=x ', 'pw: y\n', '"api.key":"z",', '\\"secret\\":\\"a\\",', "identified by 'b' ", 'Bearer abcdef123 '],
  ...[
    'a://u:p@h/d ',
    'jdbc:oracle:thin:u/p@h ',
    'jdbc:x://h;password={p};',
    '<password>x</password>',
    '{"name":"token",',
  ],
  ...[
    '-----BEGIN PRIVATE KEY-----',
    '-----END',
    'name=key,value=x ',
    'tokens=["',
    '}',
    ']',
    '"',
    "'",
    '@',
    '%3D',
    '\\\\',
  ],
  ...['pasword: |\n  x\n', 'secert=${PW:-x} ', 'https://hooks.slack.com/services/x ', 'authorization: Basic eA== '],
  ...[
    'topic.prefix=shop\n',
    'connection.url',
    'Invalid value x for configuration password: no\n',
    'Zugriff für größe=ü ',
  ],
];

/** Between 0 and 1. */
const scatteredNumber = (at: number) => (Math.imul(at + 1, 0x9e3779b1) >>> 0) / 2 ** 32;

/** Letters and digits that depend on a number and differ for each, as long as there are few. */
function scattered(at: number, signs: string, length: number): string {
  let state = Math.imul(at + 1, 0x9e3779b1) >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return signs[Math.floor((state / 2 ** 32) * signs.length)];
  }).join('');
}

const HEX = '0123456789abcdef';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const BASE64 = `${LETTERS}${LETTERS.toUpperCase()}0123456789+/`;
/** Nearly `password`, and all different. */
const nearly = (at: number) => `${scattered(at, LETTERS, 3)}.pas${scattered(at, 'swordpa', 6)}${at % 10}`;

function texts(): Record<string, string> {
  const letters = (at: number) => scattered(at, LETTERS, 8);
  return {
    hexadecimal: filled((at) => scattered(at, HEX, 64)),
    'Base64 in lines': filled((at) => `${scattered(at, BASE64, 76)}\n`),
    'a=a=': filled('a=a='),
    'pw=x, one a line': filled('pw=x\n'),
    'password=x, one a line': filled('password=x\n'),
    'password=x in one line': filled('password=x '),
    'password: x': filled('password: x\n'),
    '"password":"x"': filled('"password":"x",'),
    'db.password=…, all different': filled((at) => `db${at}.password=${letters(at)}\n`),
    'passwords with numbers': filled((at) => `password${at}=x\n`),
    'names like password, all different': filled((at) => `${nearly(at)}=x\n`),
    'short names like password': filled((at) => `pas${scattered(at, 'sword', 5)}=x\n`),
    'names with all letters of password': filled((at) => `${scattered(at, 'adoprsw', 9)}=x\n`),
    'names with all letters of secret': filled((at) => `${scattered(at, 'secrt', 7)}: x\n`),
    'names with all letters of credential': filled((at) => `c${scattered(at, 'redntial', 9)}=x\n`),
    'names in camel case': filled((at) => `some${letters(at)}KeyOfPasword${at % 7}=x\n`),
    'names of many words': filled((at) => `a.b.c.d.e.f.g.h.pass.${letters(at)}=x\n`),
    'names that are not ASCII': filled((at) => `pässwörd.pasw${scattered(at, 'ordé', 3)}=x\n`),
    'other names, all different': filled((at) => `${letters(at)}=${letters(at + 1)}\n`),
    'URLs with passwords': filled((at) => `https://user:${letters(at)}@host${at}:8083/connectors `),
    'URLs without passwords': filled((at) => `https://host${at}:8083/connectors?expand=info `),
    'postgres://u:p@h': filled('postgres://u:p@h '),
    'JSON with many keys': JSON.stringify(
      Object.fromEntries(Array.from({ length: 24_000 }, (_none, at) => [`some.key.${at}`, `value ${letters(at)}`])),
    ).slice(0, SIZE),
    'JSON in JSON in JSON': JSON.stringify(
      JSON.stringify(
        JSON.stringify(Array.from({ length: 9000 }, (_none, at) => ({ password: letters(at), user: 'x' }))),
      ),
    ).slice(0, SIZE),
    JAAS: filled(
      (at) =>
        `org.apache.kafka.common.security.plain.PlainLoginModule required username="u${at}" password="${letters(at)}"; `,
    ),
    'stack traces': filled(
      (at) =>
        `org.apache.kafka.connect.errors.ConnectException: cannot open ${letters(at)}\n${`\tat org.apache.kafka.connect.runtime.WorkerSourceTask.execute(WorkerSourceTask.java:${at % 900})\n`.repeat(9)}`,
    ),
    SQL: filled((at) => `CREATE USER u${at} WITH PASSWORD '${letters(at)}'; ALTER USER x IDENTIFIED BY 'y';\n`),
    'Bearer and Basic': filled((at) => `Bearer ${scattered(at, BASE64, 20)} Basic ${scattered(at, BASE64, 8)} `),
    'private keys': filled(
      (at) => `-----BEGIN PRIVATE KEY-----\n${scattered(at, BASE64, 64)}\n-----END PRIVATE KEY-----\n`,
    ),
    'messages of Kafka': filled((at) => `Invalid value ${letters(at)} for configuration database.password: no\n`),
    'prose about passwords': filled('The password: must be set, and the secret must not be empty. '),
    spaces: filled(' '),
    'line breaks': filled('\n'),
    'double quotes': filled('"'),
    'single quotes': filled("'"),
    'quotes after a space': filled(" '"),
    'opening braces': filled('{'),
    backslashes: filled('\\'),
    'escaped quotes': filled('\\"'),
    '%': filled('%'),
    '%3D': filled('password%3Dx'),
    '=': filled('='),
    ':': filled(':'),
    '://': filled('a://'),
    '@': filled('@'),
    '-': filled('-'),
    b: filled('b'),
    'one long name': `${filled('password')}=x`,
    'passwords without an end': filled('password="'),
    'passwords in brackets': filled('password=[{'),
    'closing brackets after a password': filled('password=)]}'),
    'jdbc:oracle': filled('jdbc:oracle:thin:u/p@h '),
    'name=name=': filled('name=name='),
    'key=key=': filled('key=key='),
    'name=password name=password': filled('name=password '),
    'names that are values': filled((at) => `{"name":"password","value":"${letters(at)}"},`),
    elements: filled((at) => `<password>${letters(at)}</password>`),
    'other tags': filled('<ab>'),
    'an attribute, then an element': filled('<x name="password">y</x>'),
    webhooks: filled((at) => `https://hooks.slack.com/services/${letters(at)} `),
    'hosts like those of webhooks': filled('a://b.com/ '),
    references: filled('password=${PW} '),
    'references without an end': filled('password=${'),
    'references with a default': filled('password=${PW:-x} '),
    'separators behind a password': filled('password=,;&'),
    'authorization: x y': filled('authorization: x y\n'),
    'pw:x pw:x': filled('pw:x '),
    'pw: x=y': filled('pw: x=y\n'),
    'SQL for a user': filled("SET PASSWORD FOR 'u'@'h' = 'x'; "),
    'SQL with many quotes': filled(`password for ;${" '".repeat(40)}`),
    'SQL with by': filled("identified ; by ' by ' by ' by '"),
    'password for': filled("password for 'x' "),
    'the start of Basic': filled('ba'),
    'the start of Invalid': filled('In'),
    'e:e:': filled('e:e:'),
    'letters before an equals sign': filled(`${'x'.repeat(200)}=`),
    é: filled('é'),
    '😀': filled('😀'),
    'Chinese text': filled('连接器的密码：'),
    'a position after a name': filled('secrets.yaml:3:4: '),
    'a number after a name': filled('pw:1 '),
    'pw="x"': filled('pw="x" '),
    'pw=> x': filled('pw => x\n'),
    'texts in YAML': filled('pw: |\n x\n'),
    'texts in YAML in JSON': filled('pw: |\\n x\\n'),
    'texts in YAML without an end': filled('pw: |\n'),
    'URLs within URLs': filled('a://b:'),
    'URLs and @': filled('://@'),
    'many @ after a URL': `a://u:${filled('@')}`,
    'URLs of JDBC': filled((at) => `jdbc:sqlserver://h${at};user=u;password={${letters(at)}};encrypt=true `),
    'queries of JDBC': filled((at) => `jdbc:postgresql://h/d?user=u&password=${letters(at)}&ssl=true `),
    'starts of keys': filled('-----BEGIN PRIVATE KEY-----\n'),
    'starts of keys in JSON': filled('"x":"-----BEGIN PRIVATE KEY-----\\n",'),
    'starts of JAAS': filled('required password="x'),
    'quotes that never close': filled((at) => `${letters(at)}="`),
    'lists that never close': filled('tokens=["'),
    'deep lists': filled('['),
    'deep JSON': filled('{"a":'),
    'deep escapes': filled((at) => `${'\\'.repeat(at % 30)}"password${'\\'.repeat(at % 30)}":`),
    'percent signs and names': filled('pw=%3D%26&'),
    'connection strings': filled('a.connection.string=mongodb://u:p@h '),
    'secret names that are values of keys': filled('key=pw,value=x '),
    'masked already': filled(`pw=${MASK} `),
    'short secrets in a query': filled('?pw=x&pw=y'),
    'long names that are nearly secret': filled((at) => `${scattered(at, 'pasword.', 190)}=x\n`),
    'a mix of all': filled((at) => SHAPES[Math.floor(scatteredNumber(at) * SHAPES.length)] ?? ''),
  };
}
