import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { workFolder } from '../helpers/connectors.ts';
import { Daemon, Webhook } from '../helpers/daemon.ts';
import { usePostgres } from '../helpers/databases.ts';
import { sandbox } from '../helpers/sandbox.ts';

const folder = workFolder('serve-reconcile');
const daemons: Daemon[] = [];
let webhook: Webhook;

async function start(): Promise<Daemon> {
  const daemon = new Daemon(folder.path(), folder.path('state'));
  daemons.push(daemon);
  await daemon.until('leading');
  return daemon;
}

const verdict = (wanted: string) => (event: { pair: string; verdict: string | null }) =>
  event.pair === 'shop' && event.verdict === wanted;

describe('sluice serve with serve.reconcile', () => {
  const source = usePostgres('source');
  const target = usePostgres('target');

  beforeAll(async () => {
    webhook = await Webhook.start();
    for (const side of [source, target])
      await side.run(
        'DROP TABLE IF EXISTS serve_rec, serve_rec_away; CREATE TABLE serve_rec (id int PRIMARY KEY, v text); INSERT INTO serve_rec VALUES (1, 1), (2, 2)',
      );
    folder.write(
      'sluice.yaml',
      `version: 1
contexts: { lab: { connect: ${sandbox.connectUrl} } }
databases: { shop: "${source.url}", copy: "${target.url}" }
serve: { contexts: [lab], every: 1s, alerts: true, reconcile: true }
reconcile:
  pairs:
    shop: { source: shop, target: copy, tables: [serve_rec], schedule: '*/2 * * * * *' }
alerts:
  defaults: false
  rules: [{ kind: reconcile }, { kind: reconcile-failed }]
  receivers: { ops: { webhook: '${webhook.url}' } }
`,
    );
  });

  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon.stop();
  });

  afterAll(async () => {
    for (const side of [source, target]) await side.run('DROP TABLE IF EXISTS serve_rec, serve_rec_away');
    await webhook.stop();
    folder.remove();
  });

  it('tells once that rows differ, in whichever process it is noticed, and once that they do not any more', async () => {
    const first = await start();
    await first.until('reconcile', verdict('equal'));
    const { url } = await first.until('listening');
    const page = await (await fetch(url)).text();
    expect(page).toContain('Next comparisons');
    expect(page).toMatch(/data-label="tables">serve_rec</);
    expect(webhook.of('shop')).toEqual([]);

    await target.run("UPDATE serve_rec SET v = 'other' WHERE id = 2");
    await first.until('reconcile', verdict('different'));
    const { kind, summary, hint } = await webhook.until('shop', 'firing');
    expect(kind).toBe('reconcile');
    expect(summary).toMatch(/found differences/);
    expect(hint).toContain('sluice reconcile history');
    const from = first.events.length;
    await first.until('reconcile', verdict('different'), { from });
    await first.polls(1);
    expect(await first.metrics()).toMatch(/^sluice_reconcile_runs_total\{pair="shop",verdict="different"\} [2-9]/m);
    await first.stop();

    const second = await start();
    await second.until('reconcile', verdict('different'));
    await target.run("UPDATE serve_rec SET v = '2' WHERE id = 2");
    await second.until('reconcile', verdict('equal'));
    await webhook.until('shop', 'resolved');
    expect(webhook.of('shop').map((one) => `${one.status} ${one.kind}`)).toEqual([
      'firing reconcile',
      'resolved reconcile',
    ]);
  });

  it('tells a pair that could not be compared from one that differs', async () => {
    const daemon = await start();
    await target.run('ALTER TABLE serve_rec RENAME TO serve_rec_away');
    const before = webhook.of('shop').length;
    const times = before / 2 + 1;
    await daemon.until('reconcile', verdict('failed'));
    const { summary } = await webhook.until('shop', 'firing', times);
    expect(summary).toContain('1 of 1 table without a result: serve_rec (TABLE_NOT_FOUND)');
    await target.run('ALTER TABLE serve_rec_away RENAME TO serve_rec');
    await webhook.until('shop', 'resolved', times);
    expect(
      webhook
        .of('shop')
        .slice(before)
        .map((one) => `${one.status} ${one.kind}`),
    ).toEqual(['firing reconcile-failed', 'resolved reconcile-failed']);
  });
});
