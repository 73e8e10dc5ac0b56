import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../../src/config/paths.ts';
import { makeFolder } from '../../src/files/make-folder.ts';
import { runProgram } from '../../src/sandbox/programs.ts';
import { freePort } from './ports.ts';
import { type Program, startProgram } from './prometheus.ts';

const VERSION = '0.0.1a15';
const LIMIT_MS = 5 * 60_000;

/** A receiver of OpenTelemetry's protocol that writes to Kafka, from the cache or fetched into it by pip. @returns why there is none */
export async function rotel(): Promise<{ agent: string } | { reason: string }> {
  const { cache } = userFolders();
  const files = path.join(cache, `test-rotel-${VERSION}`);
  const agent = path.join(files, 'rotel', 'rotel-agent');
  if (existsSync(agent)) return { agent };
  let folder: string | undefined;
  try {
    makeFolder(cache);
    folder = mkdtempSync(path.join(cache, 'test-rotel-'));
    const python = (args: string[], cwd: string) =>
      runProgram({ command: 'python3', args, cwd, env: process.env }, AbortSignal.timeout(LIMIT_MS)).then((done) => {
        if (done.code !== 0) throw new Error(done.output.at(-1) ?? `exit code ${done.code}`);
      });
    await python(['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, `rotel==${VERSION}`], folder);
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? '';
    await python(['-m', 'zipfile', '-e', wheel, 'files'], folder);
    // zipfile keeps no modes.
    const chmod = await runProgram(
      { command: 'chmod', args: ['755', 'files/rotel/rotel-agent'], cwd: folder, env: process.env },
      AbortSignal.timeout(LIMIT_MS),
    );
    if (chmod.code !== 0) throw new Error('the wheel has no rotel-agent in it');
    if (!existsSync(files)) renameSync(path.join(folder, 'files'), files);
    return { agent };
  } catch (error) {
    return { reason: `rotel could not be fetched: ${(error as Error).message}` };
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** @param topic for spans, as JSON */
export async function startRotel(
  agent: string,
  { folder, bootstrapServers, topic }: { folder: string; bootstrapServers: string; topic: string },
): Promise<Program> {
  const [port, grpc] = [await freePort(), await freePort()];
  return startProgram(
    agent,
    [
      ...['start', '--otlp-http-endpoint', `127.0.0.1:${port}`, '--otlp-grpc-endpoint', `127.0.0.1:${grpc}`],
      ...['--exporter', 'kafka', '--kafka-exporter-brokers', bootstrapServers, '--kafka-exporter-format', 'json'],
      ...['--kafka-exporter-traces-topic', topic],
    ],
    { folder, port },
  );
}
