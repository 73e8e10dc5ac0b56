import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readProject } from '../../../src/config/project.ts';
import { initProject } from '../../../src/project/init.ts';
import { type InitFlags, type InitQuestions, initRequest } from '../../../src/project/init-answers.ts';
import { projectText } from '../../../src/project/init-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const DEV = { name: 'dev', connect: 'http://localhost:8083', protected: false };
const NONE: InitFlags = { connect: [], kafka: [], protect: [], template: [], set: [], ci: undefined };
const SOURCE = 'debezium-postgres-source';
const VALUES = ['name=shop', 'prefix=shop', 'host=db', 'database=shop', 'user=u', 'tables=public\\..*'];

function forbidden(): never {
  throw new Error('not to be asked');
}

describe('init', () => {
  it('takes everything from flags, and asks nothing that they say', async () => {
    const flags = {
      ...NONE,
      connect: ['dev=http://localhost:8083', 'production=https://c/?a=b'],
      kafka: ['dev=localhost:9092'],
      protect: ['production'],
      template: [SOURCE, SOURCE],
      set: VALUES,
      ci: false,
    };
    const questions = { contexts: forbidden, templates: forbidden, value: forbidden, ci: forbidden };
    const request = await initRequest(folder, flags, questions);
    expect(request.contexts).toEqual([
      { ...DEV, bootstrapServers: 'localhost:9092' },
      { name: 'production', connect: 'https://c/?a=b', bootstrapServers: undefined, protected: true },
    ]);
    expect(request.templates).toHaveLength(1);
    expect(request.templates[0]?.values.get('tables')).toBe('public\\..*');
  });

  it('asks for what the flags leave open', async () => {
    const asked: string[] = [];
    const questions: InitQuestions = {
      contexts: async () => [DEV],
      templates: async (known) => known.map((one) => one.name).filter((name) => name === SOURCE),
      value: async (template, name) => {
        asked.push(`${template}.${name}`);
        return 'x';
      },
      ci: async () => true,
    };
    const request = await initRequest(folder, { ...NONE, set: [] }, questions);
    expect(asked).toEqual(['name', 'prefix', 'host', 'database', 'user', 'tables'].map((one) => `${SOURCE}.${one}`));
    expect(request).toMatchObject({ contexts: [DEV], ci: true });
  });

  it('lets what is said of one template go before what is said of all', async () => {
    const flags = { ...NONE, template: [SOURCE, 'debezium-mariadb-source'], set: ['name=all', `${SOURCE}.name=own`] };
    const { templates } = await initRequest(folder, flags, undefined);
    expect(templates.map(({ values }) => values.get('name'))).toEqual(['own', 'all']);
  });

  it.each<[string, Partial<InitFlags>, RegExp]>([
    ['a value of no template', { template: [SOURCE], set: ['hots=db'] }, /hots/],
    ['a context without a URL', { connect: ['dev'] }, /--connect wants NAME=VALUE/],
    ['brokers of no context', { kafka: ['x=y:1'] }, /no context x/],
    ['a protected context of none', { protect: ['prod'] }, /no context prod/],
    ['an unknown template', { template: ['debezium-postgre-source'] }, /no template/],
  ])('refuses %s', async (_what, flags, message) => {
    await expect(initRequest(folder, { ...NONE, ...flags }, undefined)).rejects.toThrow(message);
  });

  it.each<[string, object]>([
    ['no context', { contexts: [] }],
    ['a context twice', { contexts: [DEV, DEV] }],
    ['a name that is no folder', { contexts: [{ ...DEV, name: '../x' }] }],
    ['a name that YAML reads otherwise', { contexts: [{ ...DEV, name: '---' }] }],
    ['a URL with a password, which would be committed', { contexts: [{ ...DEV, connect: 'http://a:hunter22@h' }] }],
    ['another kind of URL', { contexts: [{ ...DEV, connect: 'localhost:8083' }] }],
    ['missing values', { templates: [{ template: SOURCE, values: new Map() }] }],
  ])('writes nothing for %s', async (_what, request) => {
    await expect(
      initProject({ folder: path.join(folder, 'new'), contexts: [DEV], templates: [], ci: false, ...request }),
    ).rejects.toMatchObject({ exitCode: 2 });
    expect(existsSync(path.join(folder, 'new'))).toBe(false);
  });

  it('replaces nothing, and writes nothing where anything is taken', async () => {
    writeFileSync(path.join(folder, '.env.example'), 'MINE=1\n');
    const { templates } = await initRequest(folder, { ...NONE, template: [SOURCE], set: VALUES }, undefined);
    const run = () => initProject({ folder, contexts: [DEV], templates, ci: true });
    await expect(run()).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
    expect(existsSync(path.join(folder, 'sluice.yaml'))).toBe(false);
    expect(existsSync(path.join(folder, '.gitignore'))).toBe(false);
    rmSync(path.join(folder, '.env.example'));
    await run();
    await expect(run()).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });

  it('adds only the lines that a .gitignore lacks', async () => {
    const file = path.join(folder, '.gitignore');
    writeFileSync(file, 'node_modules\n.env');
    const { files } = await initProject({ folder, contexts: [DEV], templates: [], ci: false });
    expect(files.at(-1)).toEqual({ file: '.gitignore', outcome: 'added' });
    expect(readFileSync(file, 'utf8')).toBe('node_modules\n.env\n.env.*\n!.env.example\n');
  });

  it('writes a sluice.yaml that is read as what was meant, whatever the names', async () => {
    const context = fc.record({
      name: fc.stringMatching(/^[A-Za-z0-9][\w.-]*$/),
      connect: fc.webUrl({ withQueryParameters: true }),
      bootstrapServers: fc.option(fc.constantFrom('localhost:9092', 'a:1,b:2'), { nil: undefined }),
      protected: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(context, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }),
        async (contexts) => {
          const file = path.join(folder, 'sluice.yaml');
          writeFileSync(file, await projectText(contexts));
          const { document } = await readProject(file);
          expect(Object.keys(document.contexts ?? {})).toEqual(
            Object.keys(Object.fromEntries(contexts.map(({ name }) => [name, 1]))),
          );
          for (const { name, connect, bootstrapServers, protected: guarded } of contexts) {
            const read = document.contexts?.[name];
            expect(read?.connect).toBe(connect);
            expect(read?.kafka?.bootstrapServers).toBe(bootstrapServers);
            expect(read?.protected ?? false).toBe(guarded);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('writes a workflow that is YAML', async () => {
    await initProject({ folder, contexts: [DEV], templates: [], ci: true });
    const workflow = parse(readFileSync(path.join(folder, '.github/workflows/connectors.yml'), 'utf8'));
    expect(workflow.jobs.validate.steps.at(-1).run).toContain('sluice validate');
  });
});
