import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fileSource, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { Daemon, Webhook } from '../helpers/daemon.ts';
import { sandbox } from '../helpers/sandbox.ts';

const SECRET = 'hunter22-drift';
const OTHER = 'swordfish-drift';
const NAME = `drift-source-${Date.now().toString(36)}`;
const client = sandboxClient();
const folder = workFolder('serve-drift');
const daemons: Daemon[] = [];
let webhook: Webhook;

const config = () => ({ ...fileSource(folder.path('in.txt'), 'drift-lines'), 'x.password': SECRET });
const write = (given: object = {}) =>
  folder.write('connectors/source.json', JSON.stringify({ name: NAME, config: { ...config(), ...given } }));

beforeAll(async () => {
  webhook = await Webhook.start();
  folder.write('in.txt', 'one\n');
  folder.write(
    'sluice.yaml',
    `version: 1
contexts:
  lab: { connect: ${sandbox.connectUrl}, kafka: { bootstrapServers: '${sandbox.bootstrapServers}' } }
connectors: [connectors/*.json]
serve: { contexts: [lab], every: 1s, alerts: true, drift: { every: 1s } }
alerts:
  defaults: false
  rules: [{ kind: drift, for: 0s }]
  receivers: { ops: { webhook: '${webhook.url}' } }
`,
  );
  write();
  await client.putConfig(NAME, config());
});

afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
});

afterAll(async () => {
  await client.delete(NAME);
  await webhook.stop();
  folder.remove();
});

describe('sluice serve with serve.drift', () => {
  it('tells a cluster that differs from its project from one of which that is not known, and shows no value', async () => {
    const daemon = new Daemon(folder.path(), folder.path('state'));
    daemons.push(daemon);
    const { url } = await daemon.until('listening');
    const says = async (line: string) => {
      await daemon.polls(1);
      expect(await daemon.metrics()).toContain(line);
    };
    await daemon.polls(4);
    await says('sluice_drift{context="lab",state="none"} 1');
    expect(daemon.events.filter(({ event }) => event === 'drift')).toEqual([]);

    folder.write('connectors/source.json', '{ broken');
    const lost = await daemon.until('drift', ({ state }) => state === 'unknown');
    expect(lost.unknown.join()).toContain('source.json');
    await daemon.until('cluster', ({ health }) => health === 'unknown');
    await says('sluice_drift{context="lab",state="unknown"} 1');
    expect(webhook.of('lab')).toEqual([]);

    write();
    await client.putConfig(NAME, { ...config(), 'x.password': OTHER, topic: 'drift-others' });
    const drifted = await daemon.until('drift', ({ state }) => state === 'drift');
    expect(drifted.differences).toEqual([
      { kind: 'connector', name: NAME, action: 'update', keys: expect.arrayContaining(['topic', 'x.password']) },
    ]);
    await daemon.until('cluster', ({ health }) => health === 'drifted');
    const { summary, hint } = await webhook.until('lab', 'firing');
    expect(summary).toMatch(/^1 connector differs from the project: /);
    expect(hint).toBe('See: sluice plan --context lab');
    await says('sluice_drift_differences{context="lab",kind="connector"} 1');
    const page = await (await fetch(url)).text();
    expect(page).toContain('Compared with the project');
    expect(page).toContain('topic, x.password');

    write({ topic: 'drift-others', 'x.password': OTHER });
    await webhook.until('lab', 'resolved');
    await daemon.until('drift', ({ state }) => state === 'none');
    expect(webhook.of('lab').map(({ status }) => status)).toEqual(['firing', 'resolved']);
    for (const told of [JSON.stringify(daemon.events), daemon.stderr, page, await daemon.metrics()])
      expect(told).not.toMatch(/hunter22-drift|swordfish-drift/);
  });
});
