import { afterEach, describe, expect, it } from 'vitest';
import { type ClientOptions, ConnectClient } from '../../../src/connect/client.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { ERRORS, EXIT } from '../../../src/errors/registry.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { rejection } from '../../helpers/failure.ts';
import { FakeConnect, fastClock, notFound, SERVER } from '../../helpers/fake-connect.ts';

let fakes: FakeConnect[] = [];

async function fake(...args: Parameters<typeof FakeConnect.start>): Promise<FakeConnect> {
  const started = await FakeConnect.start(...args);
  fakes.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(fakes.map((one) => one.stop()));
  fakes = [];
});

function clientOf(
  server: FakeConnect | readonly string[],
  settings: ConstructorParameters<typeof ConnectClient>[0]['connect'] = {},
  options: Partial<ClientOptions> = {},
) {
  const urls = server instanceof FakeConnect ? [server.url] : [...server];
  return new ConnectClient(
    { urls, connect: settings },
    { clock: fastClock(), signal: new AbortController().signal, logger: silentLogger, ...options },
  );
}

const PAGE = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>password=hunter22</body></html>';
const infoOf = (name: string, config: Record<string, string>) => ({
  name,
  config: { ...config, name },
  tasks: [],
  type: 'source',
});
const REBALANCE = {
  error_code: 409,
  message: 'Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.',
};

describe('topics in use', () => {
  const off = (message: string) => ({ status: 403, json: { error_code: 403, message } });

  it('are undefined where the worker does not track them, and cannot be reset there', async () => {
    const client = clientOf(
      await fake(({ path }) => (path === '/' ? { json: SERVER } : off('Topic tracking is disabled.'))),
    );
    expect(await client.topicsInUse('orders')).toBeUndefined();
    expect(await rejection(client.resetTopics('orders'))).toMatchObject({
      code: 'CONNECT_REJECTED',
      message: 'the worker does not allow topics in use to be reset',
      hint: expect.stringContaining('topic.tracking.allow.reset'),
    });
  });

  it('are refused like anything else by a worker or a proxy that wants credentials', async () => {
    for (const answer of [
      off('User denied access'),
      { status: 403, text: '<html></html>', contentType: 'text/html' },
    ]) {
      const client = clientOf(await fake(({ path }) => (path === '/' ? { json: SERVER } : answer)));
      expect(await rejection(client.topicsInUse('orders'))).toMatchObject({ code: 'CONNECT_UNAUTHORIZED' });
      expect(await rejection(client.resetTopics('orders'))).toMatchObject({ code: 'CONNECT_UNAUTHORIZED' });
    }
  });

  it('are reset if the worker accepts it, and need Kafka 2.5', async () => {
    const server = await fake(({ path }) => (path === '/' ? { json: SERVER } : { status: 202 }));
    await clientOf(server).resetTopics('a b');
    expect(server.lines).toContain('PUT /connectors/a%20b/topics/reset');
    const old = await fake(() => ({ json: { ...SERVER, version: '2.4.0' } }));
    expect(await rejection(clientOf(old).topicsInUse('orders'))).toMatchObject({ code: 'CONNECT_UNSUPPORTED' });
    expect(await rejection(clientOf(old).resetTopics('orders'))).toMatchObject({ code: 'CONNECT_UNSUPPORTED' });
    expect(old.lines.filter((line) => line.startsWith('PUT'))).toEqual([]);
  });
});

describe('an address that is not Kafka Connect', () => {
  it('says that a web page answered, and never parses it', async () => {
    const server = await fake(() => ({ text: PAGE, contentType: 'text/html; charset=utf-8' }));
    const error = await rejection(clientOf(server).list());
    expect(error.code).toBe('CONNECT_BAD_ANSWER');
    expect(error.message).toContain('text/html');
    expect(error.message).toContain('Sign in');
    expect(error.hint).toContain('proxy');
    expect(error.message).not.toContain('hunter22');
  });

  it('knows a web page by its text if the content type lies', async () => {
    const server = await fake(() => ({ text: PAGE, contentType: 'application/json' }));
    expect((await rejection(clientOf(server).list())).code).toBe('CONNECT_BAD_ANSWER');
  });

  it.each([502, 503, 504])(
    'takes a gateway error page (%i) for a bad answer after trying a read again',
    async (status) => {
      const server = await fake(() => ({ status, text: PAGE, contentType: 'text/html' }));
      expect((await rejection(clientOf(server).list())).code).toBe('CONNECT_BAD_ANSWER');
      expect(server.calls.length).toBe(3);
    },
  );

  it('names where a redirect would lead, without following it', async () => {
    const server = await fake(() => ({ status: 302, headers: { location: 'https://sso.example/login' }, text: '' }));
    const error = await rejection(clientOf(server).list());
    expect(error.code).toBe('CONNECT_BAD_ANSWER');
    expect(error.message).toContain('https://sso.example/login');
    expect(server.calls.length).toBe(1);
  });

  it('shows nothing of a redirect behind its path: it may repeat what was sent', async () => {
    const location = `https://u:hunter22@sso.example/login?next=${encodeURIComponent('{"database.password":"hunter22"}')}#hunter22`;
    const server = await fake(() => ({ status: 302, headers: { location }, text: '' }));
    const error = await rejection(clientOf(server).list());
    expect(error.message).toMatch(/ to https:\/\/u:\*+@sso\.example\/login$/);
  });

  it.each([
    ['the title of a web page', { text: '<title>hunter22 again</title>', contentType: 'text/html' }],
    ['a path', { status: 302, headers: { location: '/login/hunter22' }, text: '' }],
    ['an error', { status: 400, json: { error_code: 400, message: 'hunter22 is not known' } }],
  ])('masks credentials of the context in %s', async (_where, answer) => {
    const server = await fake(() => answer);
    for (const settings of [
      { username: 'op', password: 'hunter22' },
      { token: 'hunter22' },
      { headers: { 'X-Tenant-Login': 'hunter22' } },
      { headers: { Authorization: 'Bearer hunter22' } },
      { headers: { Authorization: `Basic ${btoa('op:hunter22')}` } },
    ]) {
      const { message } = await rejection(clientOf(server, settings).list());
      expect(message).toContain('********');
      expect(message).not.toContain('hunter22');
    }
  });

  it("masks credentials of the context, and the connector's own, in a status, but not in what is compared", async () => {
    const config = { 'database.password': 'geheim11', note: 'hunter22' };
    const status = {
      name: 'a',
      connector: { state: 'hunter22', worker_id: 'hunter22:8083', trace: 'x hunter22' },
      tasks: [{ id: 0, state: 'FAILED', worker_id: 'geheim11', trace: `at ${btoa('op:hunter22')}` }],
      type: 'source',
    };
    const info = infoOf('a', config);
    const server = await fake(({ path }) => ({
      json: path.includes('expand')
        ? { a: { info, status } }
        : path.endsWith('/status')
          ? status
          : path === '/connectors'
            ? ['a']
            : info,
    }));
    const client = clientOf(server, { username: 'op', password: 'hunter22' });
    for (const { info: read, status: shown } of [...(await client.listing()).connectors, await client.get('a')]) {
      expect(read.config).toEqual({ ...config, name: 'a' });
      expect(JSON.stringify(shown)).not.toMatch(/hunter22|geheim11|b3A6aHVudGVyMjI/);
      expect(shown?.connector.worker_id).toBe('********:8083');
      expect(shown?.tasks[0]?.state).toBe('FAILED');
    }
  });

  it('masks a password that is a word, but not in the names of classes, by which causes are known', async () => {
    const trace =
      'org.apache.kafka.connect.errors.ConnectException: kafka is wrong, not "kafka"; password kafka.\n\tat kafka.server.X';
    const status = { name: 'a', connector: { state: 'FAILED', worker_id: 'w:1', trace }, tasks: [], type: 'sink' };
    const server = await fake(() => ({ json: status }));
    const shown = await clientOf(server, { username: 'op', password: 'kafka' }).status('a');
    expect(shown?.connector.trace).toBe(
      'org.apache.kafka.connect.errors.ConnectException: ******** is wrong, not "********"; password ********.\n\tat kafka.server.X',
    );
  });

  it('masks credentials of the context in what a worker says of itself and of a configuration', async () => {
    const key = { name: 'topics', type: 'LIST', required: true };
    const server = await fake(({ path }) => ({
      json:
        path === '/'
          ? { version: '2.8.1 hunter22' }
          : { error_count: 1, configs: [{ definition: key, value: { name: 'topics', errors: ['no hunter22'] } }] },
    }));
    const client = clientOf(server, { token: 'hunter22' });
    expect((await rejection(client.require('stopping connectors'))).message).toContain(
      'runs Kafka Connect 2.8.1 ********;',
    );
    expect((await client.validate({ 'connector.class': 'X' })).configs[0]?.value.errors).toEqual(['no ********']);
  });

  it.each([200, 400])('does not parse JSON that is nested too deeply (%i)', async (status) => {
    const text = `{"message":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const server = await fake(() => ({ status, text, contentType: 'application/json' }));
    const error = await rejection(clientOf(server).list());
    expect(error.code).toBe('CONNECT_BAD_ANSWER');
    if (status === 200) expect(error.message).toContain('nested more than 500 levels deep');
  });

  it('refuses JSON of another service', async () => {
    const server = await fake(() => ({ json: { name: 'elasticsearch' } }));
    expect((await rejection(clientOf(server).server())).code).toBe('CONNECT_BAD_ANSWER');
  });

  it('refuses text that is neither', async () => {
    const server = await fake(() => ({ text: 'OK', contentType: 'text/plain' }));
    expect((await rejection(clientOf(server).list())).message).toContain('text/plain');
  });
});

describe('no answer', () => {
  it('says that the port refuses, with what to do', async () => {
    const server = await fake(() => ({}));
    const url = server.url;
    await server.stop();
    const error = await rejection(clientOf([url]).list());
    expect(error.code).toBe('CONNECT_UNREACHABLE');
    expect(error.exitCode).toBe(12);
    expect(error.message).toContain('refuses connections');
  });

  it('says that a name has no address', async () => {
    const error = await rejection(clientOf(['http://connect.invalid:8083']).list());
    expect(error.code).toBe('CONNECT_UNREACHABLE');
    expect(error.message).toMatch(/DNS/);
  });

  it('is asked for its release again, since it may be restarted', async () => {
    let isUp = false;
    const server = await fake(() => (isUp ? { json: SERVER } : { status: 404 }));
    const client = clientOf(server);
    await rejection(client.server());
    isUp = true;
    expect((await client.server()).version).toBe(SERVER.version);
    const { length } = server.lines;
    await client.server();
    expect(server.lines).toHaveLength(length);
  });

  it('reports a worker that dies between two calls', async () => {
    const server = await fake(() => ({ json: ['a'] }));
    const client = clientOf(server);
    expect(await client.list()).toEqual(['a']);
    await server.stop();
    expect((await rejection(client.list())).code).toBe('CONNECT_UNREACHABLE');
  });

  it('gives up after the timeout of the context', async () => {
    const server = await fake(() => ({ hang: true }));
    const error = await rejection(clientOf(server, { timeout: '100ms' }).list());
    expect(error.code).toBe('CONNECT_UNREACHABLE');
    expect(error.message).toContain('within 0.1 s');
    expect(server.calls.length).toBe(1);
  });

  it('says that a port without TLS does not speak it', async () => {
    const server = await fake(() => ({ json: [] }));
    const error = await rejection(clientOf([server.url.replace('http:', 'https:')]).list());
    expect(error.code).toBe('CONNECT_UNREACHABLE');
    expect(error.message).toContain('TLS');
  });

  it('ends at once when the run is interrupted', async () => {
    const server = await fake(() => ({ hang: true }));
    const controller = new AbortController();
    const call = clientOf(server, {}, { signal: controller.signal }).list();
    controller.abort(new SluiceError('INTERRUPTED', 'interrupted'));
    expect((await rejection(call)).code).toBe('INTERRUPTED');
  });

  it('reads again after a cut connection', async () => {
    const server = await fake((_call, count) => (count === 1 ? { cut: true } : { json: ['a'] }));
    expect(await clientOf(server).list()).toEqual(['a']);
  });
});

describe('several URLs', () => {
  it('asks the next if one refuses, and stays with the one that answers', async () => {
    const down = await fake(() => ({}));
    const up = await fake(() => ({ json: ['a'] }));
    const url = down.url;
    await down.stop();
    const client = clientOf([url, up.url]);
    expect(await client.list()).toEqual(['a']);
    expect(await client.list()).toEqual(['a']);
    expect(up.calls.length).toBe(2);
  });

  it('does not ask the next if one answered, even if with an error', async () => {
    const first = await fake(() => ({ status: 500, json: { error_code: 500, message: 'broken' } }));
    const second = await fake(() => ({ json: [] }));
    expect((await rejection(clientOf([first.url, second.url]).list())).code).toBe('CONNECT_REJECTED');
    expect(second.calls).toEqual([]);
  });

  it('never sends a write twice that may have arrived', async () => {
    const first = await fake(() => ({ cut: true }));
    const second = await fake(() => ({ status: 204 }));
    await rejection(clientOf([first.url, second.url]).restart('a'));
    expect(second.calls).toEqual([]);
  });

  it('names all of them if none answers', async () => {
    const one = await fake(() => ({}));
    const two = await fake(() => ({}));
    const urls = [one.url, two.url];
    await Promise.all([one.stop(), two.stop()]);
    const error = await rejection(clientOf(urls).list());
    for (const url of urls) expect(error.message).toContain(url);
  });
});

describe('authentication', () => {
  it.each([
    [{ username: 'ann', password: 's3cret' }, `Basic ${Buffer.from('ann:s3cret').toString('base64')}`],
    [{ token: 'abc' }, 'Bearer abc'],
  ])('sends %o', async (settings, header) => {
    const server = await fake(() => ({ json: [] }));
    await clientOf(server, settings).list();
    expect(server.calls[0]?.headers.authorization).toBe(header);
  });

  it('sends headers of the context', async () => {
    const server = await fake(() => ({ json: [] }));
    await clientOf(server, { headers: { 'X-Team': 'data' } }).list();
    expect(server.calls[0]?.headers['x-team']).toBe('data');
  });

  it.each([401, 403])('takes %i for not authorised, with any body', async (status) => {
    const server = await fake(() => ({ status, text: PAGE, contentType: 'text/html' }));
    const error = await rejection(clientOf(server).list());
    expect(error.code).toBe('CONNECT_UNAUTHORIZED');
    expect(error.exitCode).toBe(12);
  });

  it('names the setting of a missing certificate file', async () => {
    const server = await fake(() => ({ json: [] }));
    const error = await rejection(clientOf(server, { tls: { ca: '/nowhere/ca.pem' } }).list());
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.hint).toContain('connect.tls.ca');
  });
});

describe('a rebalance', () => {
  it.each([
    ['409 without a leader', 409, REBALANCE.message],
    [
      '409 with a stale configuration',
      409,
      'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)',
    ],
    [
      '409 with a conflicting operation',
      409,
      'Cannot complete request because of a conflicting operation (e.g. worker rebalance)',
    ],
    ['500 that means it', 500, 'Request cannot be completed because a rebalance is expected'],
  ])('is waited for: %s', async (_name, status, message) => {
    const server = await fake((_call, count) =>
      count < 4 ? { status, json: { error_code: status, message } } : { status: 201, json: infoOf('a', { x: '1' }) },
    );
    const clock = fastClock();
    expect(await clientOf(server, {}, { clock }).putConfig('a', { x: '1' })).toEqual({ created: true });
    expect(server.calls.length).toBe(4);
    expect(clock.slept.length).toBe(3);
    expect(clock.slept[2]).toBeGreaterThan(clock.slept[0] ?? 0);
  });

  it('is given up after the deadline', async () => {
    const server = await fake(() => ({ status: 409, json: REBALANCE }));
    const clock = fastClock();
    const error = await rejection(clientOf(server, {}, { clock, rebalanceMs: 20_000 }).putConfig('a', {}));
    expect(error.code).toBe('CONNECT_REBALANCING');
    expect(error.retryable).toBe(true);
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(20_000);
    expect(clock.now().getTime()).toBeLessThan(26_000);
  });

  it('is waited for no longer than the caller waits', async () => {
    const server = await fake(() => ({ status: 409, json: REBALANCE }));
    for (const call of ['status', 'find', 'get'] as const) {
      const clock = fastClock();
      const error = await rejection(clientOf(server, {}, { clock })[call]('a', 3_000));
      expect(error.code).toBe('CONNECT_REBALANCING');
      expect(clock.now().getTime()).toBeGreaterThanOrEqual(3_000);
      expect(clock.now().getTime()).toBeLessThan(3_500);
    }
    const clock = fastClock();
    expect((await rejection(clientOf(server, {}, { clock }).listStarted(['a'], 3_000))).code).toBe(
      'CONNECT_REBALANCING',
    );
    expect(clock.now().getTime()).toBeLessThan(3_500);
  });

  it('is not what a 409 for an existing name means', async () => {
    const server = await fake((call) =>
      call.path === '/'
        ? { json: SERVER }
        : { status: 409, json: { error_code: 409, message: 'Connector a already exists' } },
    );
    expect((await rejection(clientOf(server).create({ name: 'a', config: {} }))).code).toBe('CONNECTOR_EXISTS');
    expect(server.calls.length).toBe(1);
  });
});

describe('a write without an answer', () => {
  it('is done if reading back shows it, and is not sent again', async () => {
    const server = await fake((call) => (call.method === 'PUT' ? { cut: true } : { json: { name: 'a', x: '1' } }));
    expect(await clientOf(server).putConfig('a', { x: '1' })).toEqual({ created: false });
    expect(server.lines).toEqual(['PUT /connectors/a/config', 'GET /connectors/a/config']);
  });

  it('is done if the worker timed out but applied it a little later', async () => {
    const server = await fake((call, count) => {
      if (call.method === 'PUT') return { status: 500, json: { error_code: 500, message: 'Request timed out' } };
      return count < 3 ? { status: 404, json: notFound('a') } : { json: { name: 'a', x: '1' } };
    });
    await clientOf(server).putConfig('a', { x: '1' });
    expect(server.lines.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
  });

  it('has failed if reading back shows the old state', async () => {
    const server = await fake((call) => (call.method === 'PUT' ? { cut: true } : { json: { name: 'a', x: '0' } }));
    const error = await rejection(clientOf(server).putConfig('a', { x: '1' }));
    expect(error.code).toBe('CONNECT_UNREACHABLE');
    expect(error.message).toContain('did not take effect');
  });

  /** What a worker that is starting answers, whatever it is asked (seen with Kafka 4.3). */
  const starting = { status: 404, json: { url: 'http://worker/connectors/a', status: '404', message: 'Not Found' } };

  it('is looked for until a worker that restarts knows its connectors', async () => {
    const server = await fake((call, count) => {
      if (call.method === 'PUT') return { cut: true };
      return count < 5 ? starting : { json: { name: 'a', x: '1' } };
    });
    expect(await clientOf(server).putConfig('a', { x: '1' })).toEqual({ created: false });
  });

  it('is not called failed by a worker that only starts, nor is anything said not to be there', async () => {
    const server = await fake((call) =>
      call.method === 'PUT' && call.path.endsWith('config') ? { cut: true } : starting,
    );
    const written = await rejection(clientOf(server).putConfig('a', { x: '1' }));
    expect(written.details?.outcome).toBe('unknown');
    const client = clientOf(server);
    for (const call of [client.find('a'), client.get('a'), client.status('a'), client.pause('a'), client.delete('a')]) {
      const error = await rejection(call as Promise<unknown>);
      expect([error.code, error.hint]).toEqual(['CONNECT_BAD_ANSWER', expect.any(String)]);
      expect(error.message).not.toContain('there is no');
    }
  });

  it('is not called failed by a single look, however long that took', async () => {
    const clock = fastClock();
    const server = await fake(async (call, count) => {
      if (call.method === 'PUT') return { cut: true };
      if (count === 1) await clock.sleep(60_000);
      return { json: { name: 'a', x: count === 1 ? '0' : '1' } };
    });
    expect(await clientOf(server, {}, { clock }).putConfig('a', { x: '1' })).toEqual({ created: false });
  });

  it('stays unknown if nothing can be read back', async () => {
    const server = await fake(() => ({ cut: true }));
    const error = await rejection(clientOf(server).putConfig('a', { x: '1' }));
    expect(error.message).toContain('unknown');
    expect(error.details?.outcome).toBe('unknown');
  });

  it('is not read back if it never left', async () => {
    const server = await fake(() => ({}));
    const url = server.url;
    await server.stop();
    const error = await rejection(clientOf([url]).putConfig('a', {}));
    expect(error.message).not.toContain('unknown');
  });

  it('of a deletion is done when the connector is gone', async () => {
    const server = await fake((call) => (call.method === 'DELETE' ? { cut: true } : { json: [] }));
    expect(await clientOf(server).delete('a')).toBe(true);
  });

  it('of a pause is done when the connector is paused', async () => {
    const server = await fake((call) =>
      call.method === 'PUT' ? { cut: true } : { json: { name: 'a', connector: { state: 'PAUSED' }, tasks: [] } },
    );
    await clientOf(server).pause('a');
    expect(server.lines).toEqual(['PUT /connectors/a/pause', 'GET /connectors/a/status']);
  });

  it('of a restart is neither repeated nor called failed or done', async () => {
    const server = await fake(() => ({ cut: true }));
    expect((await rejection(clientOf(server).restart('a'))).details?.outcome).toBe('unknown');
    expect(server.calls.length).toBe(1);
  });
});

describe('names', () => {
  it('are encoded', async () => {
    const server = await fake((call) => (call.path.endsWith('config') ? { json: {} } : undefined));
    await clientOf(server).config('team/ordérs 100%');
    expect(server.lines).toEqual(['GET /connectors/team%2Ford%C3%A9rs%20100%25/config']);
  });

  it.each([
    ['50%off', 'a percent sign'],
    ['back\\slash', 'a backslash'],
  ])('that Kafka 4 cannot address, such as %s, get that reason, not that of a proxy', async (name, character) => {
    const page = '<title>Error 400 Ambiguous URI path encoding</title>';
    const server = await fake(() => ({ status: 400, text: page, contentType: 'text/html' }));
    const error = await rejection(clientOf(server).get(name));
    expect(error.code).toBe('CONNECT_REJECTED');
    expect(error.message).toContain(`does not accept ${character} in a connector name`);
    expect(error.hint).toContain(`without ${character}`);
  });

  it.each(['.', '..'])('that are a folder in a URL path, %s, are never sent', async (name) => {
    const server = await fake(() => ({ json: { version: '4.3.1' } }));
    const client = clientOf(server);
    for (const call of [
      () => client.find(name),
      () => client.delete(name),
      () => client.pause(name),
      () => client.putConfig(name, {}),
    ])
      expect(await rejection(call())).toMatchObject({ code: 'CONNECT_REJECTED', details: { name } });
    expect(server.lines).toEqual([]);
  });

  it('with a slash that the worker refuses get that reason', async () => {
    const server = await fake(() => ({ status: 400, text: '', contentType: '' }));
    const error = await rejection(clientOf(server).config('team/orders'));
    expect(error.code).toBe('CONNECT_REJECTED');
    expect(error.message).toContain('slash');
  });

  it('that do not exist get the nearest one as a hint', async () => {
    const server = await fake((call) =>
      call.path === '/connectors' ? { json: ['orders-sink', 'shop'] } : { status: 404, json: notFound('order-sink') },
    );
    const error = await rejection(clientOf(server).pause('order-sink'));
    expect(error.code).toBe('CONNECTOR_NOT_FOUND');
    expect(error.hint).toContain('orders-sink');
  });

  it.each([
    ['orders/0', 'CONNECTOR_NOT_FOUND', 'Did you mean orders?'],
    ['connector/a', 'CONNECTOR_NOT_FOUND', 'Did you mean a?'],
    ['x/y', 'CONNECTOR_NOT_FOUND', 'List the existing connectors: sluice list'],
    ['50%', 'CONNECTOR_NOT_FOUND', 'List the existing connectors: sluice list'],
    ['..', 'CONNECTOR_NOT_FOUND', 'List the existing connectors: sluice list'],
    ['team/b', 'CONNECT_REJECTED', /without a slash/],
  ])('that no worker can be asked about, and that no connector has, are not found: %s', async (name, code, hint) => {
    const server = await fake((call) =>
      call.path.startsWith('/connectors/')
        ? { status: 400, text: '', contentType: '' }
        : { json: call.path === '/' ? SERVER : ['orders', 'a', 'team/b'] },
    );
    const error = await rejection(clientOf(server).get(name));
    expect(error.code).toBe(code);
    expect(error.hint).toMatch(hint);
  });

  it('that are absent are deleted already', async () => {
    const server = await fake(({ path }) =>
      path === '/connectors' ? { json: [] } : { status: 404, json: notFound('a') },
    );
    expect(await clientOf(server).delete('a')).toBe(false);
  });
});

describe('a listing', () => {
  const info = (name: string) => ({ name, config: { name }, tasks: [], type: 'source' });
  const status = (name: string) => ({
    name,
    connector: { state: 'RUNNING', worker_id: 'w' },
    tasks: [],
    type: 'source',
  });

  it('reads singly what the expanded answer leaves out, and says that it has no status', async () => {
    const server = await fake((call, count) => {
      if (call.path === '/connectors') return { json: count === 1 ? ['b', 'a', 'gone'] : ['b', 'a'] };
      if (call.path.startsWith('/connectors?')) return { json: { a: { info: info('a'), status: status('a') } } };
      if (call.path === '/connectors/b') return { json: info('b') };
      return { status: 404, json: notFound('?') };
    });
    const listed = await clientOf(server).listExpanded();
    expect(listed.map((one) => [one.name, one.status?.connector.state ?? null])).toEqual([
      ['a', 'RUNNING'],
      ['b', null],
    ]);
  });

  const broken = { status: 500, json: { error_code: 500, message: 'broken' } };

  it('has apart what exists and cannot be read: it hides no other, and is never taken for absent', async () => {
    const server = await fake((call) => {
      if (call.path === '/connectors') return { json: ['bad', 'a'] };
      if (call.path.startsWith('/connectors?') || call.path.startsWith('/connectors/bad')) return broken;
      return { json: call.path.endsWith('/status') ? status('a') : info('a') };
    });
    const { connectors, unreadable } = await clientOf(server).listing();
    expect(connectors.map((one) => one.name)).toEqual(['a']);
    expect(unreadable).toMatchObject([{ name: 'bad', error: { code: 'CONNECT_REJECTED' } }]);
    expect(unreadable[0]?.error.message).toContain('"bad" cannot be read: Connect answered 500: broken');
    // Who must have them all is told.
    expect((await rejection(clientOf(server).listExpanded())).message).toContain('"bad" cannot be read');
  });

  it('reads singly an entry of the expanded answer that has not its shape', async () => {
    const server = await fake((call) => {
      if (call.path === '/connectors') return { json: ['bad', 'a'] };
      if (call.path.startsWith('/connectors?')) {
        return { json: { a: { info: info('a'), status: status('a') }, bad: { info: 7, status: [] } } };
      }
      return { json: call.path.endsWith('/status') ? { ...status('bad'), tasks: null } : info('bad') };
    });
    const { connectors, unreadable } = await clientOf(server).listing();
    expect(connectors.map((one) => one.name)).toEqual(['a']);
    expect(unreadable).toMatchObject([{ name: 'bad', error: { code: 'CONNECT_BAD_ANSWER' } }]);
    expect(unreadable[0]?.error.message).toContain('tasks is not a list');
  });

  it('calls unreadable what is listed and answered by 404', async () => {
    const server = await fake((call) => {
      if (call.path === '/connectors') return { json: ['a'] };
      return call.path.startsWith('/connectors?') ? { json: {} } : { status: 404, json: notFound('a') };
    });
    const { connectors, unreadable } = await clientOf(server).listing();
    expect(connectors).toEqual([]);
    expect(unreadable[0]?.error.message).toContain('lists the connector "a", but answers 404');
  });

  it('fails as a whole if the worker goes away meanwhile', async () => {
    const server = await fake((call) => (call.path === '/connectors' ? { json: ['a'] } : { cut: true }));
    expect((await rejection(clientOf(server).listing())).code).toBe('CONNECT_UNREACHABLE');
  });

  it('of those that have started takes one call, and leaves out what has no status yet', async () => {
    const server = await fake((call) => {
      if (call.path.startsWith('/connectors?')) {
        return { json: { a: { info: info('a'), status: status('a') }, c: { info: info('c'), status: status('c') } } };
      }
      return undefined;
    });
    expect((await clientOf(server).listStarted(['a', 'b'])).connectors.map((one) => one.name)).toEqual(['a']);
    expect(server.lines).toEqual(['GET /connectors?expand=info&expand=status']);
  });

  it('takes the plain list of a worker before 2.3', async () => {
    const server = await fake((call) => {
      if (call.path.startsWith('/connectors?') || call.path === '/connectors') return { json: ['a'] };
      return { json: call.path.endsWith('/status') ? status('a') : info('a') };
    });
    expect((await clientOf(server).listExpanded()).map((one) => one.name)).toEqual(['a']);
  });
});

describe('an old worker', () => {
  const old = (version: string) =>
    fake((call) => (call.path === '/' ? { json: { ...SERVER, version } } : { status: 204 }));

  it.each([
    ['stop', '3.4.1', '3.5', (client: ConnectClient) => client.stop('a')],
    [
      'an initial state',
      '3.6.2',
      '3.7',
      (client: ConnectClient) => client.create({ name: 'a', config: {}, initialState: 'PAUSED' }),
    ],
    ['patch', '3.7.0', '3.8', (client: ConnectClient) => client.patchConfig('a', { x: null })],
    ['restart of tasks', '2.8.0', '3.0', (client: ConnectClient) => client.restart('a', { tasks: true })],
    ['altering offsets', '3.5.0', '3.6', (client: ConnectClient) => client.resetOffsets('a')],
    ['stop on Confluent Platform', '7.4.0-ccs', '3.5', (client: ConnectClient) => client.stop('a')],
  ])('is not asked for %s', async (_what, version, needed, run) => {
    const server = await old(version);
    const error = await rejection(run(clientOf(server)));
    expect(error.code).toBe('CONNECT_UNSUPPORTED');
    expect(error.message).toContain(needed);
    expect(server.lines).toEqual(['GET /']);
  });

  it('is no reason to change it: the exit code is that of usage', () => {
    expect(ERRORS.CONNECT_UNSUPPORTED.exit).toBe(EXIT.usage);
  });

  it.each(['4.3.1', '3.5.0', '7.5.0-ccs', '8.0.0-ce'])('%s can stop connectors', async (version) => {
    const server = await old(version);
    await clientOf(server).stop('a');
    expect(server.lines).toEqual(['GET /', 'PUT /connectors/a/stop']);
  });
});

describe('offsets', () => {
  const huge = '{"offsets":[{"partition":{"file":"a"},"offset":{"position":9223372036854775807,"at":1.0}}]}';
  const rejected = { status: 500, json: { error_code: 500, message: 'Failed to alter offsets' } };

  it('keep the digits of their numbers, on the way here and back', async () => {
    const server = await fake(({ method, path }) =>
      path === '/' ? { json: SERVER } : method === 'GET' ? { text: huge } : { json: { message: 'altered' } },
    );
    const client = clientOf(server);
    const offsets = await client.offsets('a');
    expect(JSON.stringify({ offsets })).toBe(huge);
    expect(await client.alterOffsets('a', offsets)).toBe('altered');
    expect(server.calls.at(-1)?.body).toEqual(JSON.parse(huge));
  });

  it.each([
    ['as wanted', 'counts as changed', huge, undefined],
    ['another', 'failed', '{"offsets":[]}', 'did not take effect'],
  ])('that are %s after a refusal: the change %s', async (_what, _verdict, text, message) => {
    const server = await fake(({ method, path }) =>
      path === '/' ? { json: SERVER } : method === 'GET' ? { text } : rejected,
    );
    const { offsets } = JSON.parse(huge.replace('9223372036854775807', '1').replace('1.0', '2'));
    const wanted = text === huge ? await clientOf(server).offsets('a') : offsets;
    const outcome = await clientOf(server)
      .alterOffsets('a', wanted)
      .catch((error: SluiceError) => error);
    if (message === undefined) expect(outcome).toBe('');
    else expect((outcome as SluiceError).message).toContain(message);
  });
});

describe('an answer of another shape', () => {
  const BODIES: readonly [string, unknown][] = [
    ['null', null],
    ['a list', []],
    ['a list of numbers', [1]],
    ['text', 'x'],
    ['a number', 7],
    ['an empty object', {}],
    ['wrong types', { name: 1, version: 1, config: { x: 1 }, tasks: 'x', connector: [], offsets: 'x', configs: {} }],
    ['lists with null', { name: 'a', config: {}, tasks: [null], connector: { state: 'RUNNING' }, configs: [null] }],
    ['somebody else', { name: 'b', config: {}, tasks: [], connector: { state: 'RUNNING' } }],
  ];
  const READS: readonly [string, (client: ConnectClient) => Promise<unknown>, fine?: readonly string[]][] = [
    ['server', (client) => client.server()],
    ['list', (client) => client.list(), ['a list']],
    ['listing', (client) => client.listing(), ['a list']],
    ['find', (client) => client.find('a')],
    ['config', (client) => client.config('a'), ['an empty object']],
    ['status', (client) => client.status('a')],
    ['taskConfigs', (client) => client.taskConfigs('a'), ['a list']],
    ['topics', (client) => client.topics('a'), ['an empty object']],
    ['offsets', (client) => client.offsets('a')],
    ['plugins', (client) => client.plugins(), ['a list']],
    ['pluginDefinition', (client) => client.pluginDefinition('X'), ['a list']],
    ['validate', (client) => client.validate({ 'connector.class': 'X' })],
    ['loggers', (client) => client.loggers(), ['an empty object']],
  ];
  it.each(
    READS.flatMap(([read, call, fine = []]) => BODIES.map(([name, json]) => [read, name, json, call, fine] as const)),
  )('to %s, %s, is an error about the worker', async (read, name, json, call, fine) => {
    const server = await fake(({ path }) => (path === '/' && read !== 'server' ? { json: SERVER } : { json }));
    const outcome = await call(clientOf(server)).catch((error: unknown) => error);
    if (fine.includes(name)) {
      expect(outcome).not.toBeInstanceOf(Error);
      return;
    }
    expect(outcome).toBeInstanceOf(SluiceError);
    expect((outcome as SluiceError).code).toBe('CONNECT_BAD_ANSWER');
  });

  it('shows no value', async () => {
    const server = await fake(() => ({ json: { hunter22: ['hunter22'], name: 'hunter22' } }));
    expect((await rejection(clientOf(server).config('a'))).message).not.toContain('hunter22');
    expect((await rejection(clientOf(server).find('a'))).message).not.toContain('hunter22');
  });

  it('without a body is one, too', async () => {
    const server = await fake(() => ({ status: 200 }));
    expect((await rejection(clientOf(server).list())).code).toBe('CONNECT_BAD_ANSWER');
  });

  it('of more than 64 MiB is not read to its end', async () => {
    const server = await fake(() => ({ text: `["${'x'.repeat(65 * 1024 ** 2)}"]` }));
    const error = await rejection(clientOf(server).list());
    expect(error.code).toBe('CONNECT_BAD_ANSWER');
    expect(error.message).toContain('more than 64 MiB');
    expect(server.calls).toHaveLength(1);
  });

  it('of more than 64 MiB to a write says nothing about what was done', async () => {
    const server = await fake((call) =>
      call.method === 'PUT' ? { text: 'x'.repeat(65 * 1024 ** 2) } : { json: { name: 'a', x: '1' } },
    );
    expect(await clientOf(server).putConfig('a', { x: '1' })).toEqual({ created: false });
  });

  it('leaves out keys without a value, which are as good as none', async () => {
    const server = await fake(() => ({ json: { x: '1', y: null } }));
    expect(await clientOf(server).config('a')).toEqual({ x: '1' });
  });
});

describe('a write that was answered', () => {
  it('by a creation after a rebalance that had carried it out is done', async () => {
    const server = await fake((call, count) => {
      if (call.path === '/') return { json: SERVER };
      if (call.method === 'GET') return { json: { name: 'a', x: '1' } };
      return count === 1
        ? {
            status: 500,
            json: { error_code: 500, message: 'Request cannot be completed because a rebalance is expected' },
          }
        : { status: 409, json: { error_code: 409, message: 'Connector a already exists' } };
    });
    await clientOf(server).create({ name: 'a', config: { x: '1' } });
  });

  it('by 404 to a creation is not called a connector that is missing', async () => {
    const server = await fake((call) => (call.path === '/' ? { json: SERVER } : { status: 404, json: notFound('x') }));
    expect((await rejection(clientOf(server).create({ name: 'a', config: {} }))).code).toBe('CONNECT_REJECTED');
    expect((await rejection(clientOf(server).putConfig('a', {}))).code).toBe('CONNECT_REJECTED');
  });

  it('by nothing stays unknown if only masked values could tell', async () => {
    const server = await fake((call) =>
      call.method === 'PUT' ? { cut: true } : { json: { name: 'a', x: '1', 'x.password': '********' } },
    );
    const error = await rejection(clientOf(server).putConfig('a', { x: '1', 'x.password': 'hunter22' }));
    expect(error.details?.outcome).toBe('unknown');
  });

  it('by a restart with nothing is not called done', async () => {
    const server = await fake((call) => (call.path === '/' ? { json: SERVER } : { status: 200 }));
    expect((await rejection(clientOf(server).restart('a', { tasks: true }))).details?.outcome).toBe('unknown');
  });

  it.each(['pause', 'delete'] as const)('by 404 to %s is not believed if the list has it', async (verb) => {
    const server = await fake((call) =>
      call.path === '/connectors' ? { json: ['a'] } : { status: 404, json: notFound('a') },
    );
    const error = await rejection(clientOf(server)[verb]('a') as Promise<unknown>);
    expect(error.code).toBe('CONNECT_BAD_ANSWER');
    expect(error.message).toContain('lists the connector "a"');
  });

  it.each([
    [{ status: 200 }, 'an empty 200'],
    [{ status: 200, text: '<html></html>', contentType: 'text/html' }, 'a page'],
  ])('by %o to a deletion is read back', async (answer, _name) => {
    const server = await fake((call) => (call.method === 'DELETE' ? answer : { json: ['a'] }));
    const error = await rejection(clientOf(server).delete('a'));
    expect(error.code).toBe('CONNECT_REJECTED');
    expect(error.message).toContain('the deletion of "a" did not take effect');
  });
});

describe('error bodies', () => {
  it('that echo the configuration do not show its secrets, under any name', async () => {
    const config = {
      'connector.class': 'X',
      'database.password': 'hunter22',
      'connection.url': 'jdbc:x?user=a&password=topsecret',
    };
    const server = await fake(() => ({
      status: 500,
      json: {
        error_code: 500,
        message: `bad config {database.password=hunter22, p: hunter22, ${config['connection.url']}}`,
      },
    }));
    const error = await rejection(clientOf(server).putConfig('a', config));
    expect(error.code).toBe('CONNECT_REJECTED');
    expect(error.message).not.toContain('hunter22');
    expect(error.message).not.toContain('topsecret');
  });

  it('of a missing plugin are one sentence, not a list of all plugins', async () => {
    const server = await fake(() => ({
      status: 500,
      json: {
        error_code: 500,
        message: `Failed to find any class that implements Connector and which name matches X, available connectors are: ${'PluginDesc{…}'.repeat(50)}`,
      },
    }));
    const error = await rejection(clientOf(server).validate({ 'connector.class': 'X' }));
    expect(error.code).toBe('PLUGIN_NOT_FOUND');
    expect(error.message.length).toBeLessThan(200);
  });
});
