import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { userFolders } from '../../../src/config/paths.ts';
import { findJava } from '../../../src/sandbox/requirements.ts';
import { eventually } from '../connectors.ts';
import type { TestRegistry } from './fake.ts';

export const APICURIO = '2.6.13.Final';

export function apicurioFolder(): string {
  return path.join(userFolders().cache, `test-apicurio-${APICURIO}`);
}

const runner = () => path.join(apicurioFolder(), `apicurio-registry-app-${APICURIO}-runner.jar`);

export function isDownloaded(): boolean {
  return existsSync(runner());
}

const START_MS = 170_000;

/** A real schema registry, in memory. */
export async function startApicurio(): Promise<TestRegistry> {
  const port = await freePort();
  const settings = ['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`];
  const child = spawn(await findJava(process.env), ['-Xmx384m', '-XX:+UseSerialGC', ...settings, '-jar', runner()], {
    cwd: apicurioFolder(),
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const answers = async () => (await fetch(`${url}/subjects`).catch(() => undefined))?.ok;
  await eventually(answers, (ok) => ok === true, START_MS);
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        child.on('close', () => resolve());
        child.kill();
      }),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
