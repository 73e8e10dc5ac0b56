import { defineConfig } from 'vitest/config';

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
      exclude: ['**/*.generated.ts'],
      // The threshold is held by scripts/coverage.ts, which counts what runs of the binary cover, too.
      reporter: ['json'],
    },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/helpers/sandbox-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // One worker and one set of databases serve them all: side by side they would disturb each other's rebalances.
          fileParallelism: false,
        },
      },
    ],
  },
});
