import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { listContexts, useContext } from '../../../src/config/contexts.ts';
import { describeSettings } from '../../../src/config/describe.ts';
import { Targets } from '../../../src/config/targets.ts';
import { readUsedContext, writeUsedContext } from '../../../src/config/used-context.ts';
import { MASK } from '../../../src/text/redact.ts';

const home = mkdtempSync(path.join(tmpdir(), 'sluice-used-'));
const state = path.join(home, 'state');
const kept = path.join(state, 'contexts');
const projectOf = (name: string) => path.join(home, name, 'sluice.yaml');
afterAll(() => rmSync(home, { recursive: true }));

beforeEach(() => {
  rmSync(state, { recursive: true, force: true });
  for (const name of ['one', 'two']) {
    mkdirSync(path.join(home, name, 'deep'), { recursive: true });
    writeFileSync(
      projectOf(name),
      `version: 1
defaultContext: dev
contexts:
  dev: { connect: 'http://op:geheim@dev:8083' }
  prod: { connect: { url: ['https://a', 'https://b'] }, kafka: { bootstrapServers: 'k:9092' }, protected: true }
  variable: { connect: '\${CONNECT_URL}' }
`,
    );
  }
  mkdirSync(path.join(home, 'config', 'sluice'), { recursive: true });
  writeFileSync(
    path.join(home, 'config', 'sluice', 'config.yaml'),
    'version: 1\ndefaultContext: own\ncontexts:\n  own: { connect: http://own:8083 }\n  dev: { connect: http://other:8083 }\n',
  );
  mkdirSync(path.join(home, 'none'), { recursive: true });
});

interface Given {
  folder?: string;
  context?: string;
  connectUrl?: string;
  environment?: Record<string, string>;
}

function targets({ folder = 'one', environment, ...rest }: Given = {}): Targets {
  return new Targets({
    folder: path.join(home, folder),
    ...rest,
    environment: { HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), SLUICE_STATE_DIR: state, ...environment },
  });
}

describe('which context is selected, once `context use prod` has run', () => {
  it.each<[why: string, given: Given, name: string, origin: string]>([
    ['a flag', { context: 'variable' }, 'variable', 'flag'],
    ['a URL', { connectUrl: 'http://x:1' }, 'http://x:1', 'flag'],
    ['a variable', { environment: { SLUICE_CONTEXT: 'dev' } }, 'dev', 'environment'],
    ['a variable with a URL', { environment: { SLUICE_CONNECT_URL: 'http://y:1' } }, 'http://y:1', 'environment'],
    ['the choice, before the default of the project', {}, 'prod', 'context use'],
    ['the choice, in a folder below', { folder: 'one/deep' }, 'prod', 'context use'],
    ['the default of another project', { folder: 'two' }, 'dev', 'project file'],
    ['the default of the user, where there is no project', { folder: 'none' }, 'own', 'user file'],
  ])('%s', async (_why, given, name, origin) => {
    await useContext(targets(), 'prod');
    expect(await targets(given).selection()).toMatchObject({ name, origin });
    const { settings } = await describeSettings(targets(given));
    expect(settings.find(({ key }) => key === 'context')).toMatchObject({ value: name, origin });
  });

  it('a project has one choice, by whichever path it is reached', async () => {
    await useContext(targets(), 'prod');
    symlinkSync(path.join(home, 'one'), path.join(home, 'link'));
    expect(await targets({ folder: 'link' }).selection()).toMatchObject({ name: 'prod', origin: 'context use' });
  });

  it('without a project there is a choice, too', async () => {
    await useContext(targets({ folder: 'none' }), 'dev');
    expect(await targets({ folder: 'none' }).selection()).toMatchObject({ name: 'dev', origin: 'context use' });
    expect(await targets().selection()).toMatchObject({ origin: 'project file' });
  });
});

describe('context use', () => {
  it('says what it changed, and forgets it again', async () => {
    expect(await useContext(targets(), 'dev')).toEqual({
      projectFile: projectOf('one'),
      context: 'dev',
      before: null,
      protected: false,
      overriddenBy: null,
    });
    const shell = targets({ environment: { SLUICE_CONTEXT: 'x' } });
    expect(await useContext(shell, 'prod')).toMatchObject({
      before: 'dev',
      protected: true,
      overriddenBy: 'SLUICE_CONTEXT',
    });
    expect(await useContext(targets(), undefined)).toMatchObject({ context: null, before: 'prod' });
    expect(await useContext(targets(), undefined)).toMatchObject({ context: null, before: null });
    expect(await targets().selection()).toMatchObject({ name: 'dev', origin: 'project file' });
  });

  it('refuses a context that does not exist, and keeps the choice', async () => {
    await useContext(targets(), 'prod');
    await expect(useContext(targets(), 'prdo')).rejects.toMatchObject({
      code: 'CONTEXT_UNKNOWN',
      message: 'there is no context "prdo"',
    });
    // A password in a URL without its scheme would be shown.
    for (const read of [() => useContext(targets(), 'u:geheim@h'), () => targets({ context: 'u:geheim@h' }).context()])
      await expect(read()).rejects.toMatchObject({
        code: 'CONTEXT_UNKNOWN',
        message: 'the given context is not a name in sluice.yaml; a URL is given with `connectUrl`',
      });
    await expect(useContext(targets(), 'sandbox')).rejects.toMatchObject({ code: 'SANDBOX_NOT_RUNNING' });
    expect(await targets().usedContext()).toBe('prod');
  });

  it('writes a file for its owner alone, in a folder for its owner alone, and leaves no other', async () => {
    await useContext(targets(), 'prod');
    const [file = '', ...more] = readdirSync(kept);
    expect(more).toEqual([]);
    chmodSync(path.join(kept, file), 0o644);
    await useContext(targets(), 'dev');
    expect(readdirSync(kept)).toEqual([file]);
    expect(statSync(path.join(kept, file)).mode & 0o777).toBe(0o600);
    expect(statSync(kept).mode & 0o777).toBe(0o700);
  });

  it('a choice that no longer exists is an error that says where it came from, and never another context', async () => {
    await useContext(targets(), 'prod');
    writeFileSync(
      projectOf('one'),
      'version: 1\ndefaultContext: dev\ncontexts: { dev: { connect: http://dev:8083 } }\n',
    );
    for (const read of [() => targets().context(), () => targets().contextName()]) {
      await expect(read()).rejects.toMatchObject({
        code: 'CONTEXT_UNKNOWN',
        message: expect.stringContaining('"prod", which `sluice context use` chose for this project'),
        hint: expect.stringContaining('sluice context use `unset: true`'),
      });
    }
    // What a flag names was not chosen.
    await expect(targets({ context: 'prod' }).context()).rejects.toMatchObject({
      message: 'there is no context "prod"',
    });
    expect(await listContexts(targets())).toMatchObject({ current: { name: 'prod', exists: false } });
  });

  it.each([
    ['no JSON', '{'],
    ['another form', '{"version":1,"context":["prod"]}'],
    ['another version', '{"version":2,"context":"prod","project":null}'],
    ['another project', '{"version":1,"context":"prod","project":"/elsewhere/sluice.yaml"}'],
  ])('a record with %s is an error, and can be replaced or removed', async (_what, text) => {
    await useContext(targets(), 'dev');
    const file = path.join(kept, readdirSync(kept)[0] ?? '');
    writeFileSync(file, text);
    await expect(targets().selection()).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      hint: expect.stringContaining('sluice context use `unset: true`'),
    });
    expect(await targets({ context: 'dev' }).selection()).toMatchObject({ name: 'dev' });
    await useContext(targets(), undefined);
    expect(await targets().selection()).toMatchObject({ origin: 'project file' });
    writeFileSync(file, text);
    await useContext(targets(), 'prod');
    expect(await targets().selection()).toMatchObject({ name: 'prod' });
  });

  it('a state folder that cannot be is one without a choice; one that cannot be written is an error', async () => {
    writeFileSync(path.join(home, 'file'), '');
    const nowhere = path.join(home, 'file', 'state');
    expect(readUsedContext(nowhere, projectOf('one'))).toBeUndefined();
    expect(() => writeUsedContext(nowhere, projectOf('one'), 'dev')).toThrowError(/cannot write/);
  });
});

describe('context list', () => {
  it('has each context once, with its origin, and no secret', async () => {
    const { contexts, current, projectFile, used } = await listContexts(targets());
    expect(projectFile).toBe(projectOf('one'));
    expect(used).toBeNull();
    expect(current).toEqual({ kind: 'context', name: 'dev', origin: 'project file', exists: true });
    expect(contexts).toEqual([
      {
        name: 'dev',
        urls: [`http://op:${MASK}@dev:8083`],
        protected: false,
        kafka: false,
        origin: 'project file',
        current: true,
      },
      { name: 'own', urls: ['http://own:8083'], protected: false, kafka: false, origin: 'user file', current: false },
      {
        name: 'prod',
        urls: ['https://a', 'https://b'],
        protected: true,
        kafka: true,
        origin: 'project file',
        current: false,
      },
      {
        name: 'variable',
        urls: ['${CONNECT_URL}'],
        protected: false,
        kafka: false,
        origin: 'project file',
        current: false,
      },
    ]);
  });

  it('marks the context whose URL is selected', async () => {
    const list = await listContexts(targets({ connectUrl: 'https://B' }));
    expect(list.current).toEqual({ kind: 'url', name: 'https://B', origin: 'flag', exists: true });
    expect(list.contexts.filter(({ current }) => current).map(({ name }) => name)).toEqual(['prod']);
    const foreign = await listContexts(targets({ connectUrl: 'http://op:geheim@x' }));
    expect(foreign.current).toEqual({ kind: 'url', name: 'http://x', origin: 'flag', exists: false });
  });

  it('is empty without any file', async () => {
    const away = { XDG_CONFIG_HOME: path.join(home, 'nothing') };
    expect(await listContexts(targets({ folder: 'none', environment: away }))).toEqual({
      projectFile: null,
      contexts: [],
      current: null,
      used: null,
    });
  });
});
