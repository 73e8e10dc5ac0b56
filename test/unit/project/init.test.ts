import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type InitFlags, type InitQuestions, initRequest, onlyAdds } from '../../../src/cli/init-answers.ts';
import { readProject } from '../../../src/config/project.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { addToProject, initProject } from '../../../src/project/init.ts';
import { projectText } from '../../../src/project/init-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const DEV = { name: 'dev', connect: 'http://localhost:8083', protected: false };
const NONE: InitFlags = { connect: [], kafka: [], protect: [], template: [], set: [], ci: undefined, hook: false };
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
      ci: 'none' as const,
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
      ci: async () => 'gitlab',
    };
    const request = await initRequest(folder, { ...NONE, set: [] }, questions);
    expect(asked).toEqual(['name', 'prefix', 'host', 'database', 'user', 'tables'].map((one) => `${SOURCE}.${one}`));
    expect(request).toMatchObject({ contexts: [DEV], ci: 'gitlab' });
  });

  it('lets values for one template override those for all', async () => {
    const flags = { ...NONE, template: [SOURCE, 'debezium-mariadb-source'], set: ['name=all', `${SOURCE}.name=own`] };
    const { templates } = await initRequest(folder, flags, undefined);
    expect(templates.map(({ values }) => values.get('name'))).toEqual(['own', 'all']);
  });

  it.each<[string, Partial<InitFlags>, RegExp]>([
    ['a value of no template', { template: [SOURCE], set: ['hots=db'] }, /hots/],
    ['a context without a URL', { connect: ['dev'] }, /--connect needs NAME=VALUE/],
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
      initProject({ folder: path.join(folder, 'new'), contexts: [DEV], templates: [], ...request }),
    ).rejects.toMatchObject({ exitCode: 2 });
    expect(existsSync(path.join(folder, 'new'))).toBe(false);
  });

  it('replaces nothing, and writes nothing if anything is taken', async () => {
    writeFileSync(path.join(folder, '.env.example'), 'MINE=1\n');
    const { templates } = await initRequest(folder, { ...NONE, template: [SOURCE], set: VALUES }, undefined);
    const run = () => initProject({ folder, contexts: [DEV], templates, ci: 'github' });
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
    const { files } = await initProject({ folder, contexts: [DEV], templates: [] });
    expect(files.at(-1)).toEqual({ file: '.gitignore', outcome: 'added' });
    expect(readFileSync(file, 'utf8')).toBe('node_modules\n.env\n.env.*\n!.env.example\n');
  });

  it('writes a sluice.yaml that is read as intended, with any names', async () => {
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

  it('adds a workflow and a hook to a new project', async () => {
    const { templates } = await initRequest(folder, { ...NONE, template: [SOURCE], set: VALUES }, undefined);
    const contexts = [{ ...DEV, name: 'guarded', protected: true }, DEV];
    const { files } = await initProject({ folder, contexts, templates, ci: 'github', hook: true });
    expect(files.map(({ file }) => file)).toContain('.github/workflows/connectors.yml');
    const workflow = parse(readFileSync(path.join(folder, '.github/workflows/connectors.yml'), 'utf8'));
    expect(workflow.env.SLUICE_CONTEXT).toBe('guarded');
    expect(workflow.jobs.drift.steps.at(-1).env).toEqual({ SOURCE_PASSWORD: '${{ secrets.SOURCE_PASSWORD }}' });
    expect(statSync(path.join(folder, '.githooks/pre-commit')).mode & 0o111).toBe(0o111);
  });
});

describe('an existing project', () => {
  const project = (text: string) => writeFileSync(path.join(folder, 'sluice.yaml'), `version: 1\n${text}`);

  it('gets what the flags name, if they name nothing else', () => {
    expect(onlyAdds('x', { ...NONE, ci: 'gitlab' })).toEqual({ folder: 'x', ci: 'gitlab', hook: false });
    expect(onlyAdds('x', { ...NONE, hook: true, ci: 'none' })).toEqual({ folder: 'x', ci: undefined, hook: true });
    expect(onlyAdds('x', NONE)).toBeUndefined();
    expect(onlyAdds('x', { ...NONE, ci: 'gitlab', connect: ['dev=http://h'] })).toBeUndefined();
  });

  it('needs the variables of its connectors that its context does not have', async () => {
    project('contexts: {a: {connect: "http://h", variables: {HOST: h}}}\nconnectors: ["c/*.yaml"]\n');
    mkdirSync(path.join(folder, 'c'));
    writeFileSync(path.join(folder, 'c/a.yaml'), 'name: a\nconfig:\n  x: ${HOST}-${PW}\n  y: ${D:-1}-${topic}\n');
    writeFileSync(path.join(folder, 'c/broken.yaml'), 'name: [');
    const { files, variables } = await addToProject({ folder, ci: 'gitlab', hook: true });
    expect(variables).toEqual(['PW']);
    expect(files.map(({ file }) => file)).toEqual(['.gitlab-ci.yml', '.githooks/pre-commit']);
    expect((await addToProject({ folder, hook: true, ci: 'github' })).files).toEqual([
      { file: '.github/workflows/connectors.yml', outcome: 'created' },
      { file: '.githooks/pre-commit', outcome: 'kept' },
    ]);
  });

  it.each([
    [
      'another hook',
      { hook: true, ci: 'gitlab' },
      { '.githooks/pre-commit': '#!/bin/sh\nnpm test\n' },
      '.githooks/pre-commit already exists and is another hook; nothing was written',
      [
        'To check connectors in the hook, add this line to it: sluice validate `quiet: true`',
        'To add only CI: sluice init F `ci: gitlab`',
      ],
    ],
    [
      'a hook of an earlier release',
      { hook: true, ci: 'gitlab' },
      { '.githooks/pre-commit': '#!/bin/sh\nsluice validate\n' },
      '.githooks/pre-commit already exists and validates with sluice; nothing was written',
      ['To add only CI: sluice init F `ci: gitlab`'],
    ],
    [
      'such a hook alone',
      { hook: true },
      { '.githooks/pre-commit': '#!/bin/sh\nsluice validate\n' },
      /validates with sluice/,
      ['There is nothing to add.'],
    ],
    [
      'a pipeline',
      { hook: true, ci: 'gitlab' },
      { '.gitlab-ci.yml': 'a: b' },
      '.gitlab-ci.yml already exists; nothing was written',
      ['Rename .gitlab-ci.yml, run this again, and merge the two.', 'To add only the hook: sluice init F `hook: true`'],
    ],
    [
      'both',
      { hook: true, ci: 'gitlab' },
      { '.gitlab-ci.yml': 'a: b', '.githooks/pre-commit': 'x' },
      '.gitlab-ci.yml, .githooks/pre-commit already exist; nothing was written',
      [
        'To check connectors in the hook, add this line to it: sluice validate `quiet: true`',
        'Rename .gitlab-ci.yml, run this again, and merge the two.',
      ],
    ],
  ] as const)(
    'with %s in the way gets nothing, and an error that says how to continue',
    async (_what, flags, there, message, hints) => {
      project('contexts: {a: {connect: "http://h"}}\n');
      for (const [file, text] of Object.entries(there)) {
        mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        writeFileSync(path.join(folder, file), text);
      }
      const error = await addToProject({ folder, ...flags }).catch((thrown: SluiceError) => thrown);
      if (!(error instanceof SluiceError)) throw new Error('something was written');
      expect(error.message).toMatch(message);
      expect(error.hint?.replaceAll(folder, 'F').split('\n')).toEqual(hints);
      for (const [file, text] of Object.entries(there))
        expect(readFileSync(path.join(folder, file), 'utf8')).toBe(text);
    },
  );

  it.each([
    ['without a context', 'connectors: ["c/*.yaml"]\n', /sluice.yaml has none/],
    [
      'with a context whose name could be more than a name',
      'contexts: {"a\\n- b": {connect: "http://h"}}\n',
      /not a valid/,
    ],
  ])('%s gets no workflow', async (_what, text, message) => {
    project(text);
    await expect(addToProject({ folder, ci: 'github' })).rejects.toThrow(message);
    expect(existsSync(path.join(folder, '.github'))).toBe(false);
  });
});
