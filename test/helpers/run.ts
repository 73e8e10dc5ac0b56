import { spawn } from 'node:child_process';
import { packagePath } from '../../src/config/package-root.ts';

export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  stdin?: string;
  /** Kills the process after this long (ms); the default is far above what any command takes. */
  timeout?: number;
}

/** Forms of commands that the file of tests has run. */
const forms = new Set<string>();

/**
 * Where V8 writes what the process has covered; scripts/coverage.ts puts it together with vitest's own. Only the first run of
 * a form in each file is measured: counting makes a run half as long again, and a second one seldom covers more.
 */
function coverage([command = '', second = '', ...others]: readonly string[]): Record<string, string> {
  const form = [command, second, ...others.filter((one) => one.startsWith('-'))].join(' ');
  if (!process.env.SLUICE_TEST_COVERAGE || forms.has(form)) return {};
  forms.add(form);
  return { NODE_V8_COVERAGE: packagePath('coverage', 'processes') };
}

/** Runs the built binary as a user would, and returns its streams and exit code. Never rejects on a failing command. */
export function sluice(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--', packagePath('bin', 'run.js'), ...args], {
      cwd: options.cwd,
      env: {
        ...process.env,
        NO_COLOR: undefined,
        FORCE_COLOR: undefined,
        SLUICE_CONTEXT: undefined,
        SLUICE_CONNECT_URL: undefined,
        ...coverage(args),
        ...options.env,
      },
      timeout: options.timeout ?? 180_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.end(options.stdin ?? '');
  });
}
