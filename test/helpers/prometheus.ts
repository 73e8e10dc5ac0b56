import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { systemClock } from '../../src/ports/clock.ts';
import { launch, send, stopProcess } from '../../src/sandbox/processes.ts';
import { runProgram } from '../../src/sandbox/programs.ts';
import { eventually } from './pipeline-connectors.ts';
import { freePort } from './ports.ts';

export interface Program {
  url: string;
  stop(): Promise<void>;
}

/** A program that serves HTTP on loopback, once it does. The caller must stop it. @param options.ready without it any answer will do */
export async function startProgram(
  command: string,
  args: readonly string[],
  { folder, port, ready, env = process.env }: { folder: string; port: number; ready?: string; env?: NodeJS.ProcessEnv },
): Promise<Program> {
  const log = path.join(folder, `${path.basename(command)}-${port}.log`);
  const running = await launch({ command, args: [...args], env, cwd: folder, log });
  const atExit = () => send(running, 'SIGKILL');
  process.once('exit', atExit);
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    process.off('exit', atExit);
    await stopProcess(running, 'SIGTERM', 10_000, systemClock);
  };
  try {
    await eventually(
      async () => {
        const answer = await fetch(`${url}${ready ?? '/'}`).catch(() => undefined);
        return answer?.ok || (answer !== undefined && ready === undefined) || undefined;
      },
      () => `${command} does not start:\n${readFileSync(log, 'utf8').slice(-3000)}`,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

interface Series {
  metric: Record<string, string>;
  value: [at: number, value: string];
}

/** A real Prometheus that scrapes each second. */
export interface Prometheus extends Program {
  /** @throws what Prometheus says against the query */
  query(expr: string): Promise<Series[]>;
  /** State of each rule, by its name. */
  rules(): Promise<Map<string, { health: string; state: string }>>;
}

/**
 * @param files where the package was unpacked to
 * @param targets host:port, by the name of the job
 */
export async function startPrometheus(
  files: string,
  { folder, targets, rules }: { folder: string; targets: Readonly<Record<string, string>>; rules: string },
): Promise<Prometheus> {
  const port = await freePort();
  const config = path.join(folder, 'prometheus.yaml');
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rules],
      scrape_configs: Object.entries(targets).map(([job, target]) => ({
        job_name: job,
        honor_labels: job === 'pushgateway',
        static_configs: [{ targets: [target] }],
      })),
    }),
  );
  const program = await startProgram(
    path.join(files, 'usr', 'bin', 'prometheus'),
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { folder, port, ready: '/-/ready' },
  );
  const get = async <Data>(resource: string): Promise<Data> => {
    const answer = (await (await fetch(`${program.url}/api/v1/${resource}`)).json()) as { data: Data; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.data;
  };
  return {
    ...program,
    query: async (expr) => (await get<{ result: Series[] }>(`query?query=${encodeURIComponent(expr)}`)).result,
    async rules() {
      const { groups } = await get<{ groups: { rules: { name: string; health: string; state: string }[] }[] }>('rules');
      return new Map(groups.flatMap((group) => group.rules.map(({ name, ...state }) => [name, state] as const)));
    },
  };
}

/** @param files where the package was unpacked to */
export async function startPushgateway(files: string, folder: string): Promise<Program> {
  const port = await freePort();
  return startProgram(
    path.join(files, 'usr', 'bin', 'prometheus-pushgateway'),
    [`--web.listen-address=127.0.0.1:${port}`, `--persistence.file=${path.join(folder, 'pushgateway.data')}`],
    { folder, port, ready: '/-/ready' },
  );
}

/** Runs promtool. @param stdin a file that it reads */
export async function promtool(
  files: string,
  args: readonly string[],
  stdin?: string,
): Promise<{ code: number | null; output: string }> {
  const tool = path.join(files, 'usr', 'bin', 'promtool');
  const [command, all] =
    stdin === undefined ? [tool, args] : ['sh', ['-c', 'exec "$0" "$@" < "$STDIN"', tool, ...args]];
  const { code, output } = await runProgram(
    { command, args: [...all], cwd: path.dirname(tool), env: { ...process.env, STDIN: stdin } },
    AbortSignal.timeout(60_000),
  );
  return { code, output: output.join('\n') };
}
