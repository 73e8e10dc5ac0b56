import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../../src/config/paths.ts';
import { makeFolder } from '../../src/files/make-folder.ts';
import { runProgram } from '../../src/sandbox/programs.ts';

const VERSION = '1.0.1';
const LIMIT_MS = 5 * 60_000;

/** The agent that shows a JVM's MBeans to Prometheus, from the cache or fetched into it by Maven. @returns why there is none */
export async function jmxExporter(): Promise<{ jar: string } | { reason: string }> {
  const { cache } = userFolders();
  const name = `jmx_prometheus_javaagent-${VERSION}.jar`;
  const jar = path.join(cache, `test-${name}`);
  if (existsSync(jar)) return { jar };
  let folder: string | undefined;
  try {
    makeFolder(cache);
    folder = mkdtempSync(path.join(cache, 'test-jmx-exporter-'));
    const artifact = `-Dartifact=io.prometheus.jmx:jmx_prometheus_javaagent:${VERSION}`;
    const { code, output } = await runProgram(
      {
        command: 'mvn',
        args: ['-q', '-B', 'dependency:copy', artifact, `-DoutputDirectory=${folder}`],
        ...{ cwd: folder, env: process.env },
      },
      AbortSignal.timeout(LIMIT_MS),
    );
    if (code !== 0) throw new Error(output.findLast((line) => line.includes('ERROR')) ?? `exit code ${code}`);
    renameSync(path.join(folder, name), jar);
    return { jar };
  } catch (error) {
    return { reason: `the JMX exporter could not be fetched: ${(error as Error).message}` };
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
