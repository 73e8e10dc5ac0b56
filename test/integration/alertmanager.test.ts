import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openReceiver } from '../../src/alerts/open-receiver.ts';
import type { Receiver } from '../../src/alerts/receiver.ts';
import { receiverAddress } from '../../src/alerts/settings.ts';
import { testReceivers } from '../../src/alerts/test-receivers.ts';
import type { Alert, AlertChange } from '../../src/store/alerts.ts';
import { eventually } from '../helpers/connectors.ts';
import { debianPart } from '../helpers/debian-parts.ts';
import { type Hook, startHook } from '../helpers/hook-server.ts';
import { freePort } from '../helpers/ports.ts';

const TEMPLATES = '/usr/share/prometheus/alertmanager';

const part = await debianPart('prometheus-alertmanager');
const missing = 'reason' in part ? ` (skipped: ${part.reason})` : '';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-alertmanager-'));
let hook: Hook;
let url: string;
let running: ChildProcess | undefined;
let receiver: Receiver;

beforeAll(async () => {
  if ('reason' in part) return;
  hook = await startHook();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  writeFileSync(
    path.join(folder, 'alertmanager.yml'),
    `route: { receiver: hook, group_by: ['...'], group_wait: 200ms, group_interval: 200ms, repeat_interval: 1h }
receivers:
  - { name: hook, webhook_configs: [{ url: '${hook.url}', send_resolved: true }] }
`,
  );
  // Nothing else of the machine is to know of it.
  const options = ['--cluster.listen-address=', `--web.listen-address=127.0.0.1:${port}`, `--storage.path=${folder}`];
  running = spawn(programIn(part.folder), [`--config.file=${path.join(folder, 'alertmanager.yml')}`, ...options], {
    stdio: 'ignore',
    cwd: path.join(part.folder, TEMPLATES),
  });
  await eventually(
    async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok,
    (ok) => ok === true,
    60_000,
  );
  receiver = openReceiver('manager', receiverAddress('manager', { alertmanager: url }), {
    signal: new AbortController().signal,
    now: () => Date.now(),
  });
});
afterAll(async () => {
  if (running !== undefined) {
    const ended = new Promise((resolve) => running?.on('close', resolve));
    running.kill('SIGKILL');
    await ended;
  }
  await hook?.close();
  rmSync(folder, { recursive: true });
});

/**
 * A copy of the program that reads its templates from the folder that it is started in: Debian's reads them where the package
 * is installed, and it is not.
 */
function programIn(root: string): string {
  const program = readFileSync(path.join(root, 'usr', 'bin', 'prometheus-alertmanager'));
  const here = Buffer.from('./'.repeat(TEMPLATES.length / 2));
  let count = 0;
  for (let at = program.indexOf(TEMPLATES); at >= 0; at = program.indexOf(TEMPLATES, at + 1)) {
    here.copy(program, at);
    count += 1;
  }
  if (count === 0) throw new Error(`this Alertmanager has its templates elsewhere than in ${TEMPLATES}`);
  const copy = path.join(folder, 'alertmanager');
  writeFileSync(copy, program, { mode: 0o755 });
  return copy;
}

const alert: Alert = {
  context: 'prod',
  kind: 'task-failed',
  target: 'orders-sink',
  rule: 'task-failed',
  severity: 'critical',
  notify: [],
  status: 'firing',
  summary: 'Task 0 of 1 has FAILED: no answer',
  hint: 'See: sluice doctor orders-sink',
  since: Date.now() - 60_000,
  firedAt: Date.now() - 30_000,
  notified: true,
  givenUp: false,
};
const changed = (change: AlertChange['change'], summary = alert.summary): AlertChange => ({
  ...{ change, at: Date.now(), reason: null, alert: { ...alert, summary } },
});

interface Sent {
  status: string;
  alerts: { labels: Record<string, string>; annotations: Record<string, string>; endsAt: string }[];
}
const sent = () => hook.got.map(({ body }) => body as unknown as Sent);
const active = async () =>
  (await (await fetch(`${url}/api/v2/alerts`)).json()) as { fingerprint: string; endsAt: string }[];

it.skipIf('reason' in part)(
  `an alert fires, is sent again and resolved, as one alert of a real Alertmanager${missing}`,
  async () => {
    await receiver.send(changed('firing'));
    await eventually(
      async () => sent().length,
      (count) => count === 1,
      30_000,
    );
    const [first] = await active();
    expect(sent()[0]).toMatchObject({
      status: 'firing',
      alerts: [{ labels: { alertname: 'SluiceTaskFailed', context: 'prod', target: 'orders-sink' } }],
    });

    // With another text: what identifies the alert stays the same, and nobody is notified again.
    await receiver.repeat?.([changed('firing', 'Task 0 of 1 has FAILED: something else')]);
    const again = await eventually(active, ([one]) => one?.endsAt !== first?.endsAt, 30_000);
    expect(again.map(({ fingerprint }) => fingerprint)).toEqual([first?.fingerprint]);

    await receiver.send(changed('resolved'));
    await eventually(
      async () => sent().at(-1)?.status,
      (status) => status === 'resolved',
      30_000,
    );
    expect(sent().map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(sent()[1]?.alerts[0]?.labels).toEqual(sent()[0]?.alerts[0]?.labels);
    expect(await active()).toEqual([]);
  },
);

it.skipIf('reason' in part)(`a test is passed on, and ends by itself${missing}`, async () => {
  hook.got.splice(0);
  const report = await testReceivers({ rule: undefined, context: 'prod', key: 'sluice/test/1', now: Date.now() }, [
    receiver,
  ]);
  expect(report).toMatchObject({ exitCode: 0, results: [{ steps: [{ change: 'firing', accepted: true }] }] });
  await eventually(
    async () => sent().length,
    (count) => count > 0,
    30_000,
  );
  expect(sent().map(({ alerts }) => alerts[0]?.labels['test'])).toEqual(['sluice/test/1']);
  const [test] = await active();
  expect(Date.parse(test?.endsAt ?? '')).toBeLessThanOrEqual(Date.now() + (receiver.forgetsMs ?? 0));
});
