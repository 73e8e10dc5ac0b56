import { spawn } from 'node:child_process';
import type { Account } from './account.ts';

export interface ProgramSpec {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  account?: Account | undefined;
  /** Text for its standard input. */
  input?: string;
}

export interface ProgramResult {
  code: number | null;
  /** Lines of both streams, in order of arrival. */
  output: string[];
}

/**
 * Runs a program to its end. When the signal is aborted or this process exits, it ends with all its children.
 * @throws the signal's reason when aborted; the system's error if the program cannot be executed.
 */
export async function runProgram(
  spec: ProgramSpec,
  signal: AbortSignal,
  onLine: (line: string) => void = () => {},
): Promise<ProgramResult> {
  signal.throwIfAborted();
  const output: string[] = [];
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'pipe'],
      // A process group: mvn and initdb start children, which must end with them.
      detached: true,
      ...(spec.account ? { uid: spec.account.uid, gid: spec.account.gid } : {}),
    });
    const terminate = () => signalGroup(child.pid, 'SIGTERM');
    const kill = () => signalGroup(child.pid, 'SIGKILL');
    const release = () => {
      signal.removeEventListener('abort', terminate);
      process.off('exit', kill);
    };
    signal.addEventListener('abort', terminate, { once: true });
    process.on('exit', kill);
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      const take = (line: string) => {
        output.push(line);
        onLine(line);
      };
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(take);
      });
      stream.on('end', () => {
        if (rest !== '') take(rest);
      });
    }
    // A program that fails early closes its input: its exit code is more useful than the broken pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(spec.input ?? '');
    child.once('error', (error) => {
      release();
      reject(error);
    });
    child.once('close', (exit) => {
      release();
      resolve(exit);
    });
  });
  signal.throwIfAborted();
  return { code, output };
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Already gone.
  }
}
