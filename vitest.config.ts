import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { compiledSchemaChecks } from './scripts/schema-checks.ts';
import { userFolders } from './src/config/paths.ts';
import { SANDBOXES } from './test/helpers/sandboxes.ts';

/** Tests leave the history alone that the user has, unless they run on a sandbox of the user's. */
if (!process.env.SLUICE_TEST_SANDBOX) {
  process.env.SLUICE_STATE_DIR ??= path.join(path.dirname(userFolders().state), 'sluice-tests');
}

/** One sandbox serves a file after the other: side by side they would disturb each other's rebalances. */
export const integration = { testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false };

/** Files of both projects of integration tests share the sandboxes, so at no time do more of them run than there are. */
const onSandboxes = {
  ...integration,
  fileParallelism: SANDBOXES > 1,
  maxWorkers: SANDBOXES,
  sequence: { groupOrder: 1 },
};

/** vitest keeps one core for itself, although it only waits: on two cores, files would run one at a time. */
const onAllCores = { maxWorkers: '100%' };

export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    reporters: [
      'default',
      ...(process.env.GITHUB_ACTIONS ? ['github-actions'] : []),
      // Where a program counts the results (.ci/run).
      ...(process.env.SLUICE_TEST_REPORT
        ? [['json', { outputFile: process.env.SLUICE_TEST_REPORT }] as ['json', object]]
        : []),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'commands/**/*.ts'],
      // The threshold is held by scripts/coverage.ts, which counts what runs of the binary cover, too.
      reporter: ['json'],
    },
    projects: [
      // Properties take their time on a busy machine.
      {
        plugins: [compiledSchemaChecks()],
        test: { ...onAllCores, name: 'unit', testTimeout: 30_000, include: ['test/unit/**/*.test.ts'] },
      },
      {
        test: {
          ...onAllCores,
          name: 'pictures',
          include: ['test/pictures/**/*.test.ts'],
          globalSetup: ['test/pictures/chromium.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      { test: { ...onAllCores, name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          ...onSandboxes,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/helpers/sandbox-setup.ts'],
          setupFiles: ['test/helpers/leaves-nothing.ts'],
        },
      },
      {
        test: {
          ...onSandboxes,
          name: 'older-worker',
          // Those in which the release of the worker may matter.
          include: [
            'deploy',
            'dlq',
            'faults',
            'inspect',
            'loggers',
            'maintenance',
            'offsets',
            'operate',
            'plan',
            'prune',
          ].map((name) => `test/integration/${name}.test.ts`),
          globalSetup: ['test/helpers/older-worker/setup.ts'],
        },
      },
    ],
  },
});
