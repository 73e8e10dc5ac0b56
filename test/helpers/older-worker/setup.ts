import type { TestProject } from 'vitest/node';
import { setupSandboxes, type TestSandbox, withMariadb } from '../sandbox-setup.ts';
import { startOlderWorker } from './start.ts';

/** The release that the tests of the project `older-worker` run against. */
export const OLDER_RELEASE = '3.9.2';

/** The sandbox of the run, but with an older worker in place of its own: same broker, same databases. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let provided: TestSandbox | undefined;
  const teardown = await setupSandboxes(
    {
      provide: (_key, [first]) => {
        provided = first;
      },
    },
    { mariadb: withMariadb, count: 1 },
  );
  const sandbox = provided as unknown as TestSandbox;
  const worker = await startOlderWorker(OLDER_RELEASE, sandbox.bootstrapServers);
  project.provide('sandboxes', [{ ...sandbox, context: worker.context, env: worker.env, connectUrl: worker.url }]);
  return async () => {
    await worker.stop();
    await teardown();
  };
}
