import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeSettings } from '../../../src/config/describe.ts';
import { Targets } from '../../../src/config/targets.ts';
import { MASK } from '../../../src/text/redact.ts';

const home = mkdtempSync(path.join(tmpdir(), 'sluice-targets-'));
const folder = path.join(home, 'project', 'deep');

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  mkdirSync(path.join(home, 'config', 'sluice'), { recursive: true });
  writeFileSync(
    path.join(home, 'project', 'sluice.yaml'),
    `version: 1
defaultContext: dev
contexts:
  dev:
    connect: http://dev:8083/
    kafka: { bootstrapServers: dev:9092 }
  prod:
    protected: true
    connect: { url: [ 'https://a.prod:8083', 'https://b.prod:8083/' ], username: ops, password: "\${PROD_PASSWORD}" }
databases:
  shop: { url: 'postgres://sluice@db:5432/shop', password: "p@ss/word" }
  plain: mysql://root@db/shop
`,
  );
  writeFileSync(
    path.join(home, 'config', 'sluice', 'config.yaml'),
    'version: 1\ncontexts:\n  dev: { connect: http://mine:8083 }\n  own: { connect: http://own:8083 }\n',
  );
  mkdirSync(path.join(home, 'state', 'sandboxes', 'default'), { recursive: true });
  writeFileSync(
    path.join(home, 'state', 'sandboxes', 'default', 'sandbox.json'),
    JSON.stringify({
      version: 1,
      name: 'default',
      parts: {
        broker: { pid: 1, identity: 'x', address: '127.0.0.1:9092', log: '/l' },
        worker: { pid: 1, identity: 'x', address: 'http://127.0.0.1:8083', log: '/l' },
        source: { pid: 1, identity: 'x', address: 'postgres://a@127.0.0.1/b', log: '/l' },
      },
    }),
  );
  const other = (name: string, text: string) => {
    mkdirSync(path.join(home, 'state', 'sandboxes', name), { recursive: true });
    writeFileSync(path.join(home, 'state', 'sandboxes', name, 'sandbox.json'), text);
  };
  const part = (address: string) => ({ pid: 1, identity: 'x', address, log: '/l' });
  const parts = { worker: part('http://127.0.0.1:8084'), target: part('postgres://a:geheim@127.0.0.1/c') };
  other('ci', JSON.stringify({ version: 1, name: 'ci', parts }));
  other('broken', '{');
  other('.broken', JSON.stringify({ version: 1, name: '.broken', parts }));
});
afterAll(() => rmSync(home, { recursive: true }));

function targets(
  options: {
    context?: string;
    connectUrl?: string;
    project?: string;
    environment?: Record<string, string>;
    folder?: string;
  } = {},
) {
  const { environment, ...rest } = options;
  return new Targets({
    folder,
    ...rest,
    environment: {
      HOME: home,
      XDG_CONFIG_HOME: path.join(home, 'config'),
      SLUICE_STATE_DIR: path.join(home, 'state'),
      ...environment,
    },
  });
}

describe('the context of a run', () => {
  it('is the default of the project found upward', async () => {
    expect(await targets().context()).toMatchObject({ name: 'dev', urls: ['http://dev:8083'], protected: false });
  });

  it('prefers the flag to the environment, and the environment to the file', async () => {
    const environment = { SLUICE_CONTEXT: 'own' };
    expect(await targets({ environment }).context()).toMatchObject({ name: 'own', urls: ['http://own:8083'] });
    expect(await targets({ environment, context: 'dev' }).context()).toMatchObject({
      name: 'dev',
      urls: ['http://dev:8083'],
    });
    expect(await targets({ environment, connectUrl: 'http://x:1' }).context()).toMatchObject({ urls: ['http://x:1'] });
  });

  it('reads the secrets of the chosen context only', async () => {
    await expect(targets({ context: 'prod' }).context()).rejects.toMatchObject({ code: 'REFERENCE_UNRESOLVED' });
    const context = await targets({ context: 'prod', environment: { PROD_PASSWORD: 'x' } }).context();
    expect(context).toMatchObject({
      urls: ['https://a.prod:8083', 'https://b.prod:8083'],
      connect: { username: 'ops', password: 'x' },
      protected: true,
    });
  });

  it('keeps the protection of a context whose URL is given', async () => {
    const context = await targets({ connectUrl: 'https://b.prod:8083', environment: { PROD_PASSWORD: 'x' } }).context();
    expect(context).toMatchObject({ name: 'prod', protected: true, urls: ['https://b.prod:8083'] });
  });

  it('is the protected one of several with the URL that is given', async () => {
    const several = path.join(folder, 'several.yaml');
    const contexts = ['one: { connect: http://x:1 }', 'two: { connect: http://x:1, protected: true }'];
    writeFileSync(several, `version: 1\ncontexts:\n  ${contexts.join('\n  ')}\n`);
    const context = await targets({ connectUrl: 'http://x:1', project: several }).context();
    expect(context).toMatchObject({ name: 'two', protected: true });
  });

  it('names the sandboxes that are started, where another is meant', async () => {
    const started = 'the sandbox none has no running worker (started: sandbox-ci, sandbox)';
    await expect(targets({ context: 'sandbox-none' }).context()).rejects.toThrow(started);
  });

  it('names a sandbox that is started, if none is selected', async () => {
    const state = path.join(home, 'other');
    const record = { version: 1, name: 'ci', parts: { worker: { address: 'http://127.0.0.1:8084' } } };
    mkdirSync(path.join(state, 'sandboxes', 'ci'), { recursive: true });
    writeFileSync(path.join(state, 'sandboxes', 'ci', 'sandbox.json'), JSON.stringify(record));
    await expect(targets({ folder: '/', environment: { SLUICE_STATE_DIR: state } }).context()).rejects.toMatchObject({
      code: 'CONTEXT_MISSING',
      hint: expect.stringContaining('`context: sandbox-ci`'),
    });
  });

  it.each([
    [{ context: 'nope' }, 'CONTEXT_UNKNOWN', 'Known contexts: dev, prod, own, sandbox-ci, sandbox.'],
    [{ context: 'nope', folder: '/' }, 'CONTEXT_UNKNOWN', 'own, sandbox-ci, sandbox.'],
    [{ context: 'sandbox-none' }, 'SANDBOX_NOT_RUNNING', 'sluice sandbox up `name: none`'],
    [{ context: 'dev', connectUrl: 'http://x' }, 'REQUEST_INVALID', ''],
    [{ connectUrl: 'localhost:8083' }, 'REQUEST_INVALID', 'http://'],
    [{ folder: '/' }, 'CONTEXT_MISSING', '`context: sandbox`'],
    [{ project: '/nowhere/sluice.yaml' }, 'PROJECT_NOT_FOUND', '`project`'],
  ])('%j is %s', async (options, code, hint) => {
    const error = await targets(options)
      .context()
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) });
  });

  it('is the sandbox only if it is named', async () => {
    expect(await targets({ context: 'sandbox' }).context()).toMatchObject({
      urls: ['http://127.0.0.1:8083'],
      kafka: { bootstrapServers: ['127.0.0.1:9092'] },
    });
  });
});

describe('a database', () => {
  it('comes from the file with its password put into the URL', async () => {
    expect(await targets().database('shop')).toEqual({
      name: 'shop',
      url: 'postgres://sluice:p%40ss%2Fword@db:5432/shop',
    });
    expect(await targets().database('plain')).toEqual({ name: 'plain', url: 'mysql://root@db/shop' });
  });

  it('may be a URL, whose name shows no credentials', async () => {
    expect(await targets().database('postgres://u:geheim@h:1/d')).toMatchObject({ name: 'h:1/d' });
  });

  it.each([
    ['jdbc:sqlserver://127.0.0.1:1;databaseName=x;user=sa;password={p;w}', '127.0.0.1:1/x'],
    ['sqlserver://127.0.0.1:1;databaseName=x;user=sa;password=p', '127.0.0.1:1/x'],
    ['jdbc:postgresql://127.0.0.1:5432/db?user=u&password=p', '127.0.0.1:5432/db'],
    ['mssql://sa:p@[::1]:1/x', '[::1]:1/x'],
  ])('may be a URL of any form: %s', async (url, name) => {
    expect(await targets().database(url)).toEqual({ name, url });
  });

  it.each(['postgres:/u:hunter2@h/d', 'mssql//sa:hunter2@h', 'user=sa;password=hunter2'])(
    'a mistyped URL is not shown: %s',
    async (text) => {
      const error = await targets()
        .database(text)
        .catch((one) => one);
      expect(error).toMatchObject({ code: 'DATABASE_UNKNOWN' });
      expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
    },
  );

  it('may be a part of the sandbox', async () => {
    expect(await targets().database('sandbox-source')).toMatchObject({ url: 'postgres://a@127.0.0.1/b' });
    await expect(targets().database('sandbox-mariadb')).rejects.toMatchObject({
      hint: expect.stringContaining('`with: mariadb`'),
    });
  });

  it('unknown, names the known ones', async () => {
    await expect(targets().database('shpo')).rejects.toMatchObject({
      code: 'DATABASE_UNKNOWN',
      hint: expect.stringContaining('shop, plain'),
    });
  });
});

describe('config show', () => {
  it('says where each value came from and masks secrets', async () => {
    const { settings } = await describeSettings(targets({ context: 'prod' }));
    const found = Object.fromEntries(settings.map((setting) => [setting.key, [setting.value, setting.origin]]));
    expect(found).toMatchObject({
      context: ['prod', 'flag'],
      'contexts.dev.connect': ['http://dev:8083/', 'project file'],
      'contexts.own.connect': ['http://own:8083', 'user file'],
      'contexts.prod.connect.password': ['${PROD_PASSWORD}', 'project file'],
      'databases.shop.password': [MASK, 'project file'],
      'contexts.sandbox.connect': ['http://127.0.0.1:8083', 'sandbox'],
      'contexts.sandbox-ci.connect': ['http://127.0.0.1:8084', 'sandbox'],
      'databases.sandbox-source': ['postgres://a@127.0.0.1/b', 'sandbox'],
      'databases.sandbox-ci-target': [`postgres://a:${MASK}@127.0.0.1/c`, 'sandbox'],
    });
    expect(Object.keys(found).filter((key) => key.includes('broken'))).toEqual([]);
  });

  it('refuses a timeout that is invalid once its reference is resolved', async () => {
    const folder = path.join(home, 'timeout');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      path.join(folder, 'sluice.yaml'),
      'version: 1\ncontexts:\n  a: { connect: { url: http://a, timeout: "${T}" } }\n',
    );
    const context = (T: string) => targets({ context: 'a', folder, environment: { T } }).context();
    await expect(context('geheim')).rejects.toMatchObject({
      code: 'PROJECT_INVALID',
      message: expect.not.stringContaining('geheim'),
    });
    expect((await context('5s')).connect.timeout).toBe('5s');
  });
});
