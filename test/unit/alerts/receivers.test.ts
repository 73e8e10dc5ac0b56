import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { Deliveries, type Delivery } from '../../../src/alerts/deliver.ts';
import { openReceiver } from '../../../src/alerts/open-receiver.ts';
import { alertName, emailOf, slackPayload } from '../../../src/alerts/payloads.ts';
import { NotDelivered, type Receiver } from '../../../src/alerts/receiver.ts';
import { receiverAddress } from '../../../src/alerts/settings.ts';
import type { Alert, AlertChange, Notice } from '../../../src/store/alerts.ts';

const SECRET = 'T000-B000-hunter2';
const signal = new AbortController().signal;
const NOW = Date.UTC(2026, 0, 10, 12);

const alert: Alert = {
  context: 'prod',
  kind: 'task-failed',
  target: 'orders-sink',
  rule: 'task-failed',
  severity: 'critical',
  notify: [],
  status: 'firing',
  summary: 'task 0 has FAILED: connection refused',
  hint: 'sluice doctor orders-sink',
  since: NOW - 60_000,
  firedAt: NOW,
  notified: true,
  givenUp: false,
};
const firing: AlertChange = { change: 'firing', alert, at: NOW, reason: null };
const resolved: AlertChange = { change: 'resolved', alert, at: NOW + 60_000, reason: null };

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server that records what it gets, and answers with the statuses in turn. */
async function serve(...statuses: number[]): Promise<{ url: string; got: { path: string; body: unknown }[] }> {
  const got: { path: string; body: unknown }[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      got.push({ path: request.url ?? '', body: JSON.parse(text) });
      response.writeHead(statuses.shift() ?? 200).end('secret answer');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

const ports = { signal, now: () => NOW };

describe('a receiver', () => {
  it('webhook: gets the alert with stable fields, at its whole URL', async () => {
    const { url, got } = await serve();
    const receiver = openReceiver('ops', receiverAddress('ops', { webhook: `${url}/hook?token=${SECRET}` }), ports);
    await receiver.send(firing);
    await receiver.send(resolved);
    expect(got.map(({ path }) => path)).toEqual([`/hook?token=${SECRET}`, `/hook?token=${SECRET}`]);
    expect(got[0]?.body).toMatchObject({
      status: 'firing',
      key: 'sluice/prod/task-failed/orders-sink',
      severity: 'critical',
    });
    expect(got[1]?.body).toMatchObject({ status: 'resolved', key: 'sluice/prod/task-failed/orders-sink' });
  });

  it('slack: gets no markup that is in names', async () => {
    const { url, got } = await serve();
    const hostile = { ...firing, alert: { ...alert, target: '<!channel> & <http://x|y>' } };
    await openReceiver('ops', receiverAddress('ops', { slack: `${url}/services/${SECRET}` }), ports).send(hostile);
    expect(JSON.stringify(got[0]?.body)).toContain('&lt;!channel&gt; &amp; &lt;http://x|y&gt;');
    expect(JSON.stringify(got[0]?.body)).not.toContain('<');
  });

  it('pagerduty: triggers and resolves by one key', async () => {
    const { url, got } = await serve();
    const receiver = openReceiver('p', receiverAddress('p', { pagerduty: { routingKey: SECRET, url } }), ports);
    await receiver.send(firing);
    await receiver.send(resolved);
    expect(got.map(({ body }) => body)).toMatchObject([
      {
        routing_key: SECRET,
        event_action: 'trigger',
        dedup_key: 'sluice/prod/task-failed/orders-sink',
        payload: { severity: 'critical', source: 'prod' },
      },
      { routing_key: SECRET, event_action: 'resolve', dedup_key: 'sluice/prod/task-failed/orders-sink' },
    ]);
  });

  it('alertmanager: the labels stay, an end in the past resolves', async () => {
    const { url, got } = await serve();
    const receiver = openReceiver('am', receiverAddress('am', { alertmanager: `${url}/` }), ports);
    await receiver.send(firing);
    await receiver.repeat?.([{ ...firing, alert: { ...alert, summary: 'other words' } }]);
    await receiver.send(resolved);
    expect(got.map(({ path }) => path)).toEqual(Array(3).fill('/api/v2/alerts'));
    const sent = got.map(({ body }) => (body as { labels: object; endsAt: string }[])[0]);
    expect(sent[0]?.labels).toEqual(sent[1]?.labels);
    expect(sent[0]?.labels).toEqual(sent[2]?.labels);
    expect(Date.parse(sent[1]?.endsAt ?? '')).toBeGreaterThan(NOW);
    expect(Date.parse(sent[2]?.endsAt ?? '')).toBe(NOW + 60_000);
  });

  it('email: arrives over SMTP', async () => {
    const mails: string[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, _session, done) {
        let text = '';
        stream.on('data', (chunk) => {
          text += chunk;
        });
        stream.on('end', () => {
          mails.push(text);
          done();
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.server.address() as AddressInfo;
    const email = { server: `smtp://127.0.0.1:${port}`, from: 'sluice@example.com', to: ['ops@example.com'] };
    await openReceiver('mail', receiverAddress('mail', { email }), ports).send(firing);
    expect(mails[0]).toContain('Subject: [sluice] FIRING: task-failed of orders-sink on prod');
    expect(mails[0]).toContain('Next: sluice doctor orders-sink');
    // With a password it insists on TLS.
    const secret = openReceiver(
      'mail',
      receiverAddress('mail', { email: { ...email, server: `smtp://u@127.0.0.1:${port}`, password: SECRET } }),
      ports,
    );
    await expect(secret.send(firing)).rejects.toBeInstanceOf(NotDelivered);
    expect(mails).toHaveLength(1);
  });

  it.each([
    [500, true],
    [429, true],
    [404, false],
    [301, false],
  ])('that answers %i: worth another try: %s, and its URL in no message', async (status, retryable) => {
    const { url } = await serve(status);
    const receiver = openReceiver('ops', receiverAddress('ops', { slack: `${url}/services/${SECRET}` }), ports);
    const error = await receiver.send(firing).catch((one: unknown) => one);
    expect(error).toMatchObject({ retryable, message: `it answered ${status}` });
  });

  it('that is away is worth another try', async () => {
    const receiver = openReceiver('ops', receiverAddress('ops', { webhook: `http://127.0.0.1:1/${SECRET}` }), ports);
    await expect(receiver.send(firing)).rejects.toMatchObject({
      retryable: true,
      message: 'it did not answer (ECONNREFUSED)',
    });
  });
});

describe('receiverAddress', () => {
  it.each([
    ['no URL', { webhook: `not a url ${SECRET}` }],
    ['another protocol', { slack: `ftp://h/${SECRET}` }],
    ['a user', { webhook: `http://u:${SECRET}@h` }],
    ['a fragment', { webhook: `http://h/#${SECRET}` }],
    ['no mail server', { email: { server: `http://u:${SECRET}@h`, from: 'a', to: 'b' } }],
  ])('refuses %s, and does not repeat it', (_, settings) => {
    expect(() => receiverAddress('ops', settings)).toThrow(/^sluice\.yaml: alerts\.receivers\.ops\./);
    try {
      receiverAddress('ops', settings);
    } catch (error) {
      expect(String((error as Error).message)).not.toContain(SECRET);
    }
  });
});

describe('Deliveries', () => {
  const notice = (over: Partial<Notice> = {}): Notice => ({ ...firing, id: 1, receiver: 'ops', attempts: 0, ...over });
  const receiver = (name: string, send: () => Promise<string>): Receiver => ({ name, kind: 'webhook', send });
  const failing = (retryable: boolean, away = false): Receiver =>
    receiver('ops', () => Promise.reject(new NotDelivered('no', { retryable, away })));

  /** An outbox whose notices stay until they have ended, on a clock that only the test moves. */
  function outbox(notices: readonly Notice[], receivers: readonly Receiver[]) {
    const log: unknown[] = [];
    const sent: Delivery[] = [];
    /** How much was kept when each attempt was reported. */
    const kept: number[] = [];
    const failures: unknown[] = [];
    const rows = new Map(notices.map((one) => [one.id, { ...one, nextAt: NOW }]));
    const state = { now: NOW, isWritable: true };
    const write = (what: unknown[]) => {
      if (!state.isWritable) throw new Error('database or disk is full');
      log.push(what);
    };
    const deliveries = new Deliveries({
      alerts: {
        due: (now) => [...rows.values()].filter(({ nextAt }) => nextAt <= now),
        delivered(id) {
          write(['delivered', id]);
          rows.delete(id);
        },
        failed(id, error, { nextAt }) {
          write(['failed', id, error, nextAt === undefined ? 'never' : nextAt - state.now]);
          const row = rows.get(id);
          if (row === undefined || nextAt === undefined) rows.delete(id);
          else Object.assign(row, { nextAt, attempts: row.attempts + 1 });
        },
      },
      receivers: new Map(receivers.map((one) => [one.name, one])),
      ...{ now: () => state.now, signal },
      sent(delivery) {
        sent.push(delivery);
        kept.push(log.length);
      },
      failed: (error) => failures.push(error),
    });
    const beat = async (ms = 0) => {
      state.now += ms;
      deliveries.start();
      await deliveries.idle();
    };
    return { deliveries, log, kept, sent, failures, state, beat };
  }
  async function run(due: Notice[], receivers: Receiver[]) {
    const { log, beat } = outbox(due, receivers);
    await beat();
    return log;
  }

  it.each([
    ['arrives', { name: 'ops', send: () => Promise.resolve() }, notice(), ['delivered', 1]],
    ['fails', failing(true), notice(), ['failed', 1, 'no', 10_000]],
    ['fails again', failing(true), notice({ attempts: 3 }), ['failed', 1, 'no', 80_000]],
    ['fails for long', failing(true), notice({ attempts: 500 }), ['failed', 1, 'no', 600_000]],
    ['is refused', failing(false), notice(), ['failed', 1, 'no', 'never']],
    ['is a day old', failing(true), notice({ at: NOW - 25 * 3_600_000 }), ['failed', 1, 'no', 'never']],
    [
      'breaks',
      { name: 'ops', send: () => Promise.reject(new Error(SECRET)) },
      notice(),
      ['failed', 1, 'it could not be sent', 10_000],
    ],
  ] as [string, Receiver, Notice, unknown[]][])('a notice that %s', async (_, receiver, one, wanted) => {
    expect(await run([one], [receiver])).toEqual([wanted]);
  });

  it('of a receiver that is no longer there is given up', async () => {
    expect(await run([notice()], [])).toEqual([['failed', 1, 'sluice.yaml no longer has this receiver', 'never']]);
  });

  it('is reported as delivered only once that is kept', async () => {
    const { kept, beat } = outbox([notice(), notice({ id: 2 })], [receiver('ops', async () => '200')]);
    await beat();
    expect(kept).toEqual([1, 2]);
  });

  it('sends to the others while one receiver hangs, also what is due later', async () => {
    const got: string[] = [];
    const hanging = receiver('hangs', () => new Promise(() => {}));
    const answers = receiver('ops', async () => {
      got.push('ops');
      return '200';
    });
    const later = notice({ id: 3, at: NOW + 5_000 });
    const { deliveries, state, log } = outbox(
      [notice({ id: 1, receiver: 'hangs' }), notice({ id: 2 }), later],
      [hanging, answers],
    );
    deliveries.start();
    await new Promise((resolve) => setImmediate(resolve));
    state.now += 5_000;
    deliveries.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual([
      ['delivered', 2],
      ['delivered', 3],
    ]);
    expect(got).toEqual(['ops', 'ops']);
  });

  it('asks a receiver that does not answer once, however much waits for it, and sends all of it when it answers', async () => {
    let tries = 0;
    let answers = false;
    const down = receiver('ops', async () => {
      tries += 1;
      if (!answers) throw new NotDelivered('it did not answer', { retryable: true, away: true });
      return '200';
    });
    const { beat, log } = outbox([notice({ id: 1 }), notice({ id: 2 }), notice({ id: 3 })], [down]);
    await beat();
    await beat(3_000);
    expect(tries).toBe(1);
    answers = true;
    await beat(7_000);
    expect(log.slice(1)).toEqual([
      ['delivered', 1],
      ['delivered', 2],
      ['delivered', 3],
    ]);
  });

  it('gives up what is a day old behind a receiver that does not answer', async () => {
    const old = { at: NOW - 25 * 3_600_000 };
    expect(await run([notice(), notice({ id: 2, ...old }), notice({ id: 3 })], [failing(true, true)])).toEqual([
      ['failed', 1, 'no', 10_000],
      ['failed', 2, 'no', 'never'],
    ]);
  });

  it('tries the next notice if a receiver refuses one', async () => {
    expect(await run([notice(), notice({ id: 2 })], [failing(false)])).toEqual([
      ['failed', 1, 'no', 'never'],
      ['failed', 2, 'no', 'never'],
    ]);
  });

  it('sends nothing again because the store is full, says so once, and keeps it when it can', async () => {
    let tries = 0;
    const answers = receiver('ops', async () => {
      tries += 1;
      return '200';
    });
    const { beat, log, sent, failures, state } = outbox([notice()], [answers]);
    state.isWritable = false;
    for (let beats = 0; beats < 20; beats += 1) await beat(3_000);
    expect([tries, sent.length, failures.length]).toEqual([1, 1, 1]);
    state.isWritable = true;
    await beat(3_000);
    expect([tries, log]).toEqual([1, [['delivered', 1]]]);
  });

  it('tries what did not arrive again as it would otherwise, while the store is full', async () => {
    const { beat, sent, state } = outbox([notice()], [failing(true)]);
    state.isWritable = false;
    for (let beats = 0; beats < 30; beats += 1) await beat(3_000);
    // After 10, 20 and 40 seconds.
    expect(sent.map(({ notice: { attempts } }) => attempts)).toEqual([0, 1, 2, 3]);
  });

  it('does not wait for a time that a clock ahead had planned', async () => {
    const { beat, log } = outbox([notice(), notice({ id: 2 })], [failing(true, true)]);
    await beat();
    await beat(-3_600_000);
    expect(log).toHaveLength(1);
    await beat(3_600_000 + 10_000);
    expect(log.length).toBeGreaterThan(1);
  });
});

describe('payloads', () => {
  it('names alerts as Prometheus does', () =>
    expect(alertName('maintenance-overdue')).toBe('SluiceMaintenanceOverdue'));

  it('has no line break in the subject of a mail', () => {
    const { subject } = emailOf({ ...firing, alert: { ...alert, target: 'a\r\nBcc: x@y' } });
    expect(subject).not.toMatch(/[\r\n]/);
  });

  it('says that an alert is resolved, and why', () => {
    expect(JSON.stringify(slackPayload({ ...resolved, reason: 'its rule was switched off' }))).toContain(
      'its rule was switched off',
    );
  });
});
