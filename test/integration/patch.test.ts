import { readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PatchReport } from '../../src/deploy/patch.ts';
import type { Change } from '../../src/store/changes.ts';
import { eventually, fileSink, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { MaskingProxy } from '../helpers/masking-proxy.ts';
import type { RunOptions } from '../helpers/run.ts';
import { sandbox, sluiceOnSandbox } from '../helpers/sandbox.ts';
import { parseDocument } from '../helpers/schema.ts';
import { hasTerminal, TestTerminal } from '../helpers/terminal/terminal.ts';

const client = sandboxClient();
const folder = workFolder('patch');
const [source, sink] = ['patch-source', 'patch-sink'];

const YAML = `# The lines.
name: ${source}
config:
  connector.class: FileStreamSource # Kafka's own
  tasks.max: 1
  file: ${folder.path('in.txt')}
  topic: patch-lines
`;

const read = (file: string) => readFileSync(folder.path(file), 'utf8');

const sluice = (args: string[], options: RunOptions = {}) =>
  sluiceOnSandbox([...args, ...(args[0] === 'history' ? [] : ['--stable', '500ms'])], {
    cwd: folder.path(),
    ...options,
  });

beforeAll(async () => {
  folder.write('in.txt', 'one\n');
  folder.write('sluice.yaml', 'version: 1\nconnectors: [connectors]\n');
});

beforeEach(async () => {
  folder.write('connectors/source.yaml', YAML);
  await client.putConfig(source, {
    'connector.class': 'FileStreamSource',
    'tasks.max': '1',
    file: folder.path('in.txt'),
    topic: 'patch-lines',
  });
  await client.putConfig(sink, fileSink(folder.path('out.txt'), 'patch-lines'));
  for (const name of [source, sink])
    await eventually(
      () => client.status(name),
      (status) => status?.tasks[0]?.state === 'RUNNING',
    );
});

afterAll(async () => {
  for (const name of [source, sink]) await client.delete(name);
  folder.remove();
});

describe('patch', () => {
  it('shows what it would change, asks, writes only that, and says that the file differs', async () => {
    const dry = await sluice(['patch', source, '--set', 'batch.size=500', '--dry-run']);
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('+ batch.size = 500')]);
    const asked = await sluice(['patch', source, '--set', 'batch.size=500']);
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining(`Patch ${source} on ${sandbox.context}?`)]);
    expect(await client.config(source)).not.toHaveProperty(['batch.size']);

    const before = await client.config(source);
    const done = await sluice(['patch', source, '--set', 'batch.size=500', '--yes', '--json']);
    expect(done.code).toBe(0);
    expect(parseDocument<PatchReport>(done.stdout, 'patch')).toMatchObject({
      results: [{ name: source, outcome: 'updated', keys: [{ key: 'batch.size', before: null, after: '500' }] }],
      files: [{ name: source, file: 'connectors/source.yaml', keys: ['batch.size'], written: false }],
    });
    expect(await client.config(source)).toEqual({ ...before, 'batch.size': '500' });
    expect(read('connectors/source.yaml')).toBe(YAML);
  });

  it('changes the file too, and removes keys; then a plan has nothing to do', async () => {
    await sluice(['patch', source, '--set', 'batch.size=7', '-y']);
    const { code, stdout } = await sluice([
      ...['patch', source, '--set', 'tasks.max=2', '--unset', 'batch.size', '--file', '-y'],
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('Changed connectors/source.yaml, too: tasks.max');
    expect(read('connectors/source.yaml')).toBe(YAML.replace('tasks.max: 1', 'tasks.max: 2'));
    expect(await client.config(source)).not.toHaveProperty(['batch.size']);
    expect((await sluiceOnSandbox(['plan', '--exit-code'], { cwd: folder.path() })).code).toBe(0);
  });

  it('gives a connector whose task fails its former configuration back, and leaves the file', async () => {
    const before = await client.config(sink);
    folder.write('connectors/sink.json', JSON.stringify({ name: sink, config: before }));
    const { code, stdout } = await sluice(['patch', sink, '--set', 'file=/no/such/folder/x', '--file', '-y', '--json']);
    expect(code).toBe(13);
    const { results, files } = parseDocument<PatchReport>(stdout, 'patch');
    expect(results).toMatchObject([{ name: sink, outcome: 'rolled back' }]);
    expect(files).toMatchObject([{ written: false }]);
    expect(await client.config(sink)).toEqual(before);
    expect(JSON.parse(read('connectors/sink.json'))).toEqual({ name: sink, config: before });
    rmSync(folder.path('connectors/sink.json'));
  });

  it('warns of a key that nothing reads, and asks nothing if nothing changes', async () => {
    const misspelt = await sluice(['patch', source, '--set', 'task.max=2', '--dry-run']);
    expect([misspelt.code, misspelt.stderr]).toEqual([
      0,
      expect.stringMatching(/Warning: .*task\.max.*\[unknown-key\]/),
    ]);
    const same = await sluice(['patch', source, '--unset', 'no.such.key']);
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('1 unchanged')]);
  });

  it('is for many', async () => {
    const { code } = await sluice(['patch', 'patch-*', '--set', 'errors.log.enable=true', '-y']);
    expect(code).toBe(0);
    for (const name of [source, sink]) expect(await client.config(name)).toHaveProperty(['errors.log.enable'], 'true');
  });

  it.each<[string, string[], number, string]>([
    ['a key that is not valid', ['--set', 'tasks.max=x'], 11, 'the patch causes errors'],
    ['nothing', [], 2, 'patch what?'],
    ['no value', ['--set', 'tasks.max'], 2, '--set needs a key and a value'],
    ['a key twice', ['--set', 'a=1', '--set', 'a=2'], 2, '--set has a twice'],
    ['a key to set and to remove', ['--set', 'a=1', '--unset', 'a'], 2, 'both set and removed'],
    ['the name', ['--set', 'name=other'], 2, 'cannot be renamed'],
    ['the class', ['--unset', 'connector.class'], 2, 'needs its connector.class'],
    ['a mask in a URL', ['--set', 'file=http://u:********@h/'], 2, 'file has a mask in place of a secret'],
    ['a variable that is not set', ['--set', 'file=${NO_SUCH_FILE}'], 2, 'a variable in the new value of file'],
    [
      'a secret for the file',
      ['--set', 'database.password=geheim', '--file'],
      2,
      'would hold database.password in clear',
    ],
  ])('refuses %s, before anything is sent', async (_what, args, code, message) => {
    const before = await client.config(source);
    const refused = await sluice(['patch', source, ...args, '-y']);
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(refused.stderr).not.toContain('geheim');
    expect(await client.config(source)).toEqual(before);
    expect(read('connectors/source.yaml')).toBe(YAML);
  });

  it('refuses a file that has no connector of the name, and a key that an overlay sets', async () => {
    const none = await sluice(['patch', sink, '--set', 'tasks.max=2', '--file', '-y']);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining(`no file of the project has ${sink}`)]);
    folder.write(`overlays/${sandbox.context}/${source}.yaml`, 'tasks.max: 1\n');
    const overlaid = await sluice(['patch', source, '--set', 'tasks.max=2', '--file', '-y']);
    rmSync(folder.path('overlays'), { recursive: true });
    expect([overlaid.code, overlaid.stderr]).toEqual([
      2,
      expect.stringContaining('tasks.max of patch-source comes from'),
    ]);
  });

  it('changes a secret that the worker masks, and writes no mask back', async () => {
    await client.putConfig(source, { ...(await client.config(source)), 'x.password': 'old', 'y.password': 'kept' });
    const proxy = await MaskingProxy.start(sandbox.connectUrl);
    try {
      const run = await sluice(
        ['patch', source, '--set', 'x.password=${FRESH}', '-y', '--connect-url', proxy.url, '--json'],
        { env: { FRESH: 'fresh-secret' } },
      );
      expect(run.code).toBe(0);
      expect(run.stdout).not.toContain('fresh-secret');
      expect(parseDocument<PatchReport>(run.stdout, 'patch').results[0]?.keys).toMatchObject([
        { key: 'x.password', after: '${FRESH}' },
      ]);
    } finally {
      await proxy.stop();
    }
    expect(await client.config(source)).toMatchObject({ 'x.password': 'fresh-secret', 'y.password': 'kept' });
  });
});

describe('edit', () => {
  const edit = (script: string, ...args: string[]) =>
    sluice(['edit', source, ...args], { env: { EDITOR: script, VISUAL: '', TMPDIR: folder.path() } });

  it('writes what was saved, the file too, and is recorded', async () => {
    const { code, stdout } = await edit(`sed -i 's/^tasks.max: .*/tasks.max: 3/'`, '--yes', '--file');
    expect([code, stdout]).toEqual([0, expect.stringContaining('~ tasks.max = 1 → 3')]);
    expect(read('connectors/source.yaml')).toBe(YAML.replace('tasks.max: 1', 'tasks.max: 3'));
    const history = await sluiceOnSandbox([
      'history',
      '--limit',
      '1',
      '--verb',
      'edit',
      '--connector',
      source,
      '--json',
    ]);
    const { changes } = parseDocument<{ changes: Change[] }>(history.stdout, 'history');
    expect(changes).toMatchObject([{ verb: 'edit', exitCode: 0, connectors: [{ name: source, outcome: 'updated' }] }]);
  });

  it('changes nothing if nothing was saved, the editor fails, or the text is broken', async () => {
    const before = await client.config(source);
    expect(await edit('true')).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing was changed.') });
    expect(await edit('false')).toMatchObject({ code: 2, stderr: expect.stringContaining('[EDITOR_FAILED]') });
    expect(await edit('no-such-editor')).toMatchObject({ code: 2, stderr: expect.stringContaining('[EDITOR_FAILED]') });
    expect(await edit(`sh -c 'echo "- a" > "$0"'`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[EDIT_INVALID]'),
    });
    expect(await edit('rm')).toMatchObject({ code: 2, stderr: expect.stringContaining('left no file') });
    const asked = await edit(`sed -i 's/^tasks.max: .*/tasks.max: 3/'`);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('To confirm, pass --yes') });
    expect(await client.config(source)).toEqual(before);
  });

  it('keeps what was typed in a private file if it is refused', async () => {
    const typed = `sed -i 's/^tasks.max: .*/tasks.max: many/'`;
    for (const flags of [['--yes'], []]) {
      const { code, stderr } = await edit(flags.length > 0 ? typed : typed.replace('many', '4'), ...flags);
      expect(code).toBe(flags.length > 0 ? 11 : 2);
      const kept = /what you typed is in (\S+)/.exec(stderr)?.[1] ?? '';
      expect(readFileSync(kept, 'utf8')).toContain(flags.length > 0 ? 'tasks.max: many' : 'tasks.max: 4');
      expect(statSync(kept).mode & 0o077).toBe(0);
      rmSync(path.dirname(kept), { recursive: true });
    }
  });

  it.skipIf(!hasTerminal)('opens the editor again with the reason on top (needs python3)', async () => {
    const text = folder.path('seen.yaml');
    const open = (script: string) => {
      const EDITOR = `sh '${folder.write('editor.sh', `cp "$1" '${text}'\n${script}\n`)}'`;
      const args = ['edit', source, '--yes', '--stable', '500ms'];
      return new TestTerminal(args, {
        env: { SLUICE_CONTEXT: sandbox.context, ...sandbox.env, EDITOR, VISUAL: '', TMPDIR: folder.path() },
      });
    };
    const wrong = `sed -i 's/^tasks.max: 1$/tasks.max: many/' "$1"`;
    {
      await using terminal = open(`grep -q '^#!' "$1" && sed -i 's/^tasks.max: .*/tasks.max: 4/' "$1" || ${wrong}`);
      expect((await terminal.ended()).code, terminal.output).toBe(0);
    }
    expect(readFileSync(text, 'utf8')).toMatch(
      /^#! This was refused:\n#! the patch causes errors\n(#! .*\n)*#! Correct it.*\n# .*\n(.*\n)*tasks.max: many\n/,
    );
    expect((await client.config(source))['tasks.max']).toBe('4');
    {
      await using terminal = open(`sed -i 's/^tasks.max: 4$/tasks.max: many/' "$1"`);
      expect((await terminal.ended()).code, terminal.output).toBe(11);
      const kept = /what you typed is in\s+(\S+)/.exec(terminal.output)?.[1] ?? '';
      expect(readFileSync(kept, 'utf8')).toMatch(/^# .*\n(.*\n)*tasks.max: many\n/);
      rmSync(path.dirname(kept), { recursive: true });
    }
    expect((await client.config(source))['tasks.max']).toBe('4');
  });

  it('does not overwrite what somebody else changed while the editor was open', async () => {
    const url = `${sandbox.connectUrl}/connectors/${source}/config`;
    const theirs = JSON.stringify({ ...(await client.config(source)), 'tasks.max': '5' });
    folder.write(
      'editor.sh',
      `curl -s -X PUT -H 'Content-Type: application/json' -d '${theirs}' '${url}' > /dev/null\nsed -i 's/^tasks.max: .*/tasks.max: 3/' "$1"\n`,
    );
    const { code, stderr } = await edit(`sh '${folder.path('editor.sh')}'`, '--yes');
    expect([code, stderr]).toEqual([13, expect.stringContaining('was changed (tasks.max) since it was read')]);
    expect((await client.config(source))['tasks.max']).toBe('5');
  });
});
