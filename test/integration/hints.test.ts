import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { EXIT } from '../../src/errors/registry.ts';
import { eventually, fileSink, sandboxClient, workFolder } from '../helpers/connectors.ts';
import { type RunResult, sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';

const client = sandboxClient();
const folder = workFolder('hints');
/** A name that a shell would split. */
const odd = 'hints odd; sink';
const context = ['--context', sandbox.context];

/** Without the variable that names the context: each command must name it itself. */
const env = { ...sandbox.env, SLUICE_CONTEXT: undefined };
const run = (args: string[]) => sluice(args, { cwd: folder.path(), env });

beforeAll(async () => {
  folder.write('file.json', JSON.stringify({ name: 'hints-file', config: fileSink('/tmp/x', 'hints') }));
  folder.write(
    'broken.json',
    JSON.stringify({ name: 'hints-broken', config: { ...fileSink('/tmp/x', 'hints'), 'tasks.max': 'x' } }),
  );
  folder.write('unset.json', JSON.stringify({ name: 'hints-unset', config: fileSink('${HINTS_UNSET}', 'hints') }));
  await client.putConfig(odd, fileSink(folder.path('no', 'such', 'file.txt'), 'hints'));
  await eventually(
    () => client.status(odd),
    (status) => status?.tasks[0]?.state === 'FAILED',
  );
});

afterAll(async () => {
  await client.delete(odd);
  folder.remove();
});

/** The commands that an output suggests: to the end of the line, or to a backtick. */
function suggested({ stdout, stderr }: RunResult): string[] {
  const lines = `${stdout}\n${stderr}`.split('\n');
  const joined = lines
    .join('\n')
    .replaceAll(/\n {2,}/g, ' ')
    .split('\n');
  return joined.flatMap((line) =>
    [...line.matchAll(/(?:^|[\s:`(])(sluice [a-z][^`\n]*)/g)].map(([, command = '']) => command.replace(/[.)]*$/, '')),
  );
}

/** Runs a text as somebody who pastes it into a shell. */
function paste(command: string): Promise<{ code: number; output: string }> {
  const script = `sluice() { "${process.execPath}" "${packagePath('bin', 'run.js')}" "$@"; }; ${command}`;
  const options = { cwd: folder.path(), env: { ...process.env, ...env, SLUICE_CONTEXT: '' } };
  return new Promise((resolve) => {
    const child = execFile('bash', ['-c', script], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? EXIT.internal, output: `${stdout}${stderr}` }),
    );
    child.stdin?.end();
  });
}

/** What is typed; some with answers that depend on what else the sandbox has. */
const SITUATIONS: string[][] = [
  ['status', 'hints-none', ...context],
  ['pause', 'hints-none', ...context],
  ['export', 'hints-none', '--out', 'out', ...context],
  ['resume', odd, ...context],
  ['restart', odd, ...context, '--timeout', '20s'],
  ['scale', odd, ...context],
  ['restart', `${odd}/0`, ...context],
  ['restart', 'connector', odd, ...context],
  ['lint', 'file.json'],
  ['apply', '-f', 'file.json', '--dry-run', ...context],
  ['get', 'connectors', '-o', 'json', ...context],
  ['connector', 'describe', odd, ...context],
  ['doctor', ...context],
  ['doctor', odd, ...context],
  ['doctor', 'hints-none', ...context],
  ['history', '999999999'],
  ['reconcile', 'history', '999999999'],
  ['schemas', 'show', 'zzz'],
  ['rules', 'show', 'zzz'],
  ['template', 'show', 'zzz'],
  ['template', 'render', 'debezium-postgres-source', '--set', 'zzz=1'],
  ['deploy', 'broken.json', ...context],
  ['export', odd, '--out', 'exported', ...context],
  ['sandbox', 'status', '--name', 'hints-none'],
];

/** Those about the connector follow each other, as one restarts it; those about anything else go on beside them. */
const isAboutConnector = ([command, ...others]: readonly string[]) =>
  command === 'doctor' || others.some((one) => one.startsWith(odd));

describe.each([
  ['about a connector', SITUATIONS.filter(isAboutConnector)],
  ['about anything else', SITUATIONS.filter((args) => !isAboutConnector(args))],
])('commands that sluice suggests, %s', { concurrent: true }, (_what, situations) => {
  it.each(situations.map((args) => [args]))(
    'work when they are pasted, where they were given: sluice %j',
    { concurrent: false },
    async (args) => {
      const answer = await run(args);
      const commands = suggested(answer);
      expect(commands, `${answer.stdout}${answer.stderr}`).not.toEqual([]);
      for (const command of commands) {
        // Starting another sandbox takes minutes; its help shows that the command is right.
        const { code, output } = await paste(/^sluice sandbox up/.test(command) ? `${command} --help` : command);
        // A word or flag that is wrong, or lacking, is a usage error; whatever else it answers, it was understood.
        expect([EXIT.usage, EXIT.internal], `${command}\n${output}`).not.toContain(code);
      }
    },
  );
});
