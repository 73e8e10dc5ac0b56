import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectClient, createConnectClient } from '../../src/connect/client.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { SchemaStore } from '../../src/schemas/store.ts';
import { corpusFiles, judge, readCorpus, secretFiles } from '../helpers/corpus.ts';
import { sandbox } from '../helpers/sandbox.ts';

const store = new SchemaStore();
const secrets = secretFiles();
let client: ConnectClient;
beforeAll(() => {
  client = createConnectClient(
    { name: 'sandbox', urls: [sandbox.connectUrl], connect: {}, kafka: undefined, protected: false },
    { clock: systemClock, signal: AbortSignal.timeout(600_000), logger: silentLogger },
  );
});
afterAll(() => secrets.remove());

/** Not about the config: connections, and plugins that this worker does not have. */
const ELSEWHERE = /Unable to connect|Connection to \S+ refused|connection attempt|Class \S+ could not be found/;

/** Errors of ours that the worker's validate does not make: it lets these through, and the connector fails when it starts. */
const ONLY_AT_START = [
  /^schema\.history\.internal/,
  /^(?:insert\.mode|primary\.key\.mode)$/,
  /^transforms\.\w+\.(?:partition\.(?:payload\.fields|topic\.num)|delete\.tombstone\.handling\.mode)$/,
];

describe("the corpus against the worker's own validate", () => {
  let errors = 0;

  it.each(corpusFiles)('%s', async (file) => {
    const connector = await readCorpus(file, secrets.rewrite);
    const ours = new Set((await judge(connector, store)).errors);
    const plugins = await client.plugins({ connectorsOnly: true });
    const resolution = store.resolve(connector.config['connector.class'] ?? '', ['source', 'sink']);
    const pluginClass = 'found' in resolution ? resolution.found : connector.config['connector.class'];
    if (!plugins.some((plugin) => plugin.class === pluginClass)) {
      // A connector that this worker does not have: nothing can be compared, and nothing must be claimed.
      expect([...ours]).toEqual([]);
      return;
    }
    const { configs } = await client.validate({ ...connector.config, name: connector.name });
    const refused = configs.filter(({ value }) => value.errors.length > 0);
    const theirs = new Map(refused.map(({ value }) => [value.name, value.errors.join(' ')]));
    const missed = [...theirs].filter(([key, said]) => !ours.has(key) && !ELSEWHERE.test(said));
    expect(missed).toEqual([]);
    const alone = [...ours].filter((key) => !theirs.has(key) && !ONLY_AT_START.some((known) => known.test(key)));
    expect(alone).toEqual([]);
    errors += theirs.size;
  });

  it('has errors to find', () => {
    expect(errors).toBeGreaterThan(60);
  });
});
