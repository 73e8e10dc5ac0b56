import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainStyle } from '../../../src/cli/style.ts';
import { connectorView, statusView } from '../../../src/cli/views/status.ts';
import { ConnectClient } from '../../../src/connect/client.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { GroupReader } from '../../../src/monitor/group-reader.ts';
import { readStatus } from '../../../src/monitor/status.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { hasHidden, visibleTree } from '../../../src/text/visible.ts';
import { type FakeAnswer, FakeConnect, fastClock } from '../../helpers/fake-connect.ts';
import { Random } from '../../oracle/random.ts';

/** `SLUICE_FUZZ_SEED=7` begins elsewhere, `SLUICE_FUZZ_CASES=100000` goes on for longer. */
const SEED = Number(process.env['SLUICE_FUZZ_SEED'] ?? 1);
const CASES = Number(process.env['SLUICE_FUZZ_CASES'] ?? 10_000);
const GROUP = 500;

const CONFIG = { 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector', topics: 'a,b', name: 'orders' };
const STATUS = {
  name: 'orders',
  connector: { state: 'RUNNING', worker_id: 'w1:8083' },
  tasks: [
    { id: 0, state: 'RUNNING', worker_id: 'w1:8083' },
    { id: 1, state: 'FAILED', worker_id: 'w2:8083', trace: 'java.lang.Exception: x\n\tat a.b.C(D.java:1)\n' },
  ],
  type: 'sink',
};
const INFO = { name: 'orders', config: CONFIG, tasks: [{ connector: 'orders', task: 0 }], type: 'sink' };
const KEY = {
  name: 'topics',
  type: 'LIST',
  required: true,
  default_value: null,
  importance: 'HIGH',
  documentation: '',
};

/** What a worker answers, by the end of the path; the client asks for no others here. */
const GOOD: readonly [RegExp, unknown][] = [
  [/^\/$/, { version: '4.3.1', commit: 'abc', kafka_cluster_id: 'xyz' }],
  [/^\/connectors\?/, { orders: { info: INFO, status: STATUS } }],
  [/^\/connectors$/, ['orders']],
  [/\/status$/, STATUS],
  [/\/config$/, CONFIG],
  [/\/tasks$/, [{ id: { connector: 'orders', task: 0 }, config: CONFIG }]],
  [/\/topics$/, { orders: { topics: ['a', 'b'] } }],
  [/\/offsets$/, { offsets: [{ partition: { kafka_topic: 'a', kafka_partition: 0 }, offset: { kafka_offset: 5 } }] }],
  [
    /\/config\/validate$/,
    {
      name: 'x',
      error_count: 0,
      groups: [],
      configs: [{ definition: KEY, value: { name: 'topics', value: 'a', errors: [] } }],
    },
  ],
  [/^\/connector-plugins\/.*\/config$/, [KEY]],
  [/^\/connector-plugins/, [{ class: 'a.B', type: 'sink', version: '1' }]],
  [/^\/admin\/loggers$/, { root: { level: 'INFO', last_modified: null } }],
  [/^\/connectors\/[^/]*$/, INFO],
];

/** Every way in which the client reads, and the use case that operators run most. */
const READS: readonly ((client: ConnectClient) => Promise<unknown>)[] = [
  (client) => client.listing(),
  (client) => client.find('orders'),
  (client) => client.config('orders'),
  (client) => client.taskConfigs('orders'),
  (client) => client.topics('orders'),
  (client) => client.offsets('orders'),
  (client) => client.plugins(),
  (client) => client.pluginDefinition('a.B'),
  (client) => client.validate(CONFIG),
  (client) => client.loggers(),
  statusOnScreen,
];

async function statusOnScreen(client: ConnectClient): Promise<void> {
  const groups = new GroupReader(undefined);
  const clock = fastClock();
  const report = await readStatus({
    client,
    groups,
    clock,
    signal: new AbortController().signal,
    context: 'fake',
    settleMs: 0,
  });
  // As a command shows it.
  for (const view of [statusView, connectorView]) {
    const shown = await view.table(visibleTree(report), plainStyle);
    view.exitCode?.(report);
    if (hasHidden(shown)) throw new Error(`shown as it came: ${JSON.stringify(shown)}`);
  }
}

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  'orders',
  '\u001b[31mred',
  'a\nb',
  '\u202eabc',
  '__proto__',
  'constructor',
  '9'.repeat(400),
  [],
  {},
  [null],
  [[]],
  [{}],
  { name: 'orders' },
  { toString: 1, constructor: null },
  ['orders', 'orders'],
  { orders: null },
  { error_code: 500, message: 'x' },
];

/** A copy in which a few places hold something else, are missing, or are there twice. */
function mutated(value: unknown, random: Random): unknown {
  const copy = structuredClone(value);
  const places: [Record<string, unknown>, string][] = [];
  const walk = (node: unknown) => {
    if (node === null || typeof node !== 'object') return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      walk((node as Record<string, unknown>)[key]);
    }
  };
  walk({ copy });
  const root = { copy };
  for (let times = random.int(1, 3); times > 0; times -= 1) {
    const [node, key] =
      random.int(0, 11) === 0 || places.length === 0 ? [root as Record<string, unknown>, 'copy'] : random.pick(places);
    const what = random.int(0, 5);
    if (what === 0) Reflect.deleteProperty(node, key);
    else if (what === 1 && !Array.isArray(node))
      Object.defineProperty(node, random.pick(['__proto__', 'extra', 'toString', '']), {
        value: node[key],
        enumerable: true,
        configurable: true,
      });
    else node[key] = random.pick(ODD);
  }
  return root.copy;
}

/** A good answer, one that is spoilt as JSON, or one that is spoilt on its way. */
function answerOf(path: string, random: Random): FakeAnswer {
  const good = GOOD.find(([pattern]) => pattern.test(path))?.[1];
  if (good === undefined) return { status: 404, json: { error_code: 404, message: 'HTTP 404 Not Found' } };
  const json = JSON.stringify(good);
  switch (random.int(0, 11)) {
    case 0:
      return { text: json.slice(0, random.int(0, json.length - 1)), contentType: 'application/json' };
    case 1:
      return { text: `\ufeff${json}`, contentType: 'application/json' };
    case 2:
      return { text: `${'['.repeat(5000)}${']'.repeat(5000)}`, contentType: 'application/json' };
    case 3:
      return {
        status: random.pick([200, 302, 401, 403, 404, 429, 500, 502, 503]),
        text: '<html><title>Sign\u001b in</title></html>',
        contentType: 'text/html',
      };
    case 4:
      return {
        status: random.pick([202, 204, 400, 401, 404, 409, 422, 500, 503]),
        json: random.pick([good, { error_code: 409, message: 'rebalance' }, ...ODD]),
      };
    case 5:
      return { text: '', contentType: random.pick(['application/json', 'text/plain', '']) };
    case 6:
    case 7:
      return { json: good };
    default:
      return { json: mutated(good, random) };
  }
}

let fake: FakeConnect;
let random: Random;
let answers = 0;
let read = 0;

beforeAll(async () => {
  fake = await FakeConnect.start((call) => {
    answers += 1;
    return answerOf(call.path, random);
  });
});

afterAll(async () => {
  await fake.stop();
  // Some are good enough to be read.
  expect(read).toBeGreaterThan(CASES / 100);
});

describe(`${CASES} answers that a worker should not give`, () => {
  it.each(Array.from({ length: Math.ceil(CASES / GROUP) }, (_none, at) => SEED + at * GROUP))(
    'end in a result, or in an error about the worker: from seed %i',
    { timeout: 120_000 },
    async (first) => {
      // A read takes several answers.
      const enough = answers + GROUP;
      for (let seed = first; answers < enough; seed += 1) {
        random = new Random(seed);
        const client = new ConnectClient(
          { urls: [fake.url], connect: {} },
          { clock: fastClock(), signal: new AbortController().signal, logger: silentLogger },
        );
        const at = random.int(0, READS.length - 1);
        const error = await READS[at]?.(client).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error === undefined) read += 1;
        else if (!(error instanceof SluiceError) || error.code === 'INTERNAL')
          throw new Error(`seed ${seed}, read ${at}: ${String(error)}`, { cause: error });
      }
    },
  );
});
