import type { TestProject } from 'vitest/node';
import { setupSandboxes, type TestSandbox, withMariadb } from '../sandbox-setup.ts';
import { SANDBOXES } from '../sandboxes.ts';
import { type OlderWorker, startOlderWorker } from './start.ts';

/** The release that the tests of the project `older-worker` run against. */
export const OLDER_RELEASE = '3.9.2';

/** The sandboxes of the run, but each with an older worker in place of its own: same broker, same databases. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let provided: readonly TestSandbox[] = [];
  const teardown = await setupSandboxes(
    {
      provide: (_key, sandboxes) => {
        provided = sandboxes;
      },
    },
    { mariadb: withMariadb, count: SANDBOXES },
  );
  const started = await Promise.allSettled(
    provided.map(({ bootstrapServers }) => startOlderWorker(OLDER_RELEASE, bootstrapServers)),
  );
  const workers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await teardown();
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  project.provide(
    'sandboxes',
    provided.map((sandbox, index) => {
      const { context, env, url } = workers[index] as OlderWorker;
      return { ...sandbox, context, env, connectUrl: url };
    }),
  );
  return stop;
}
