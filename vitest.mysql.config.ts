import { defineConfig } from 'vitest/config';
import { mysqlFiles } from './test/helpers/mysql-server/fetch.ts';
import shared, { integration } from './vitest.config.ts';

/**
 * `npm run test:mysql`: the suites that the default run has for MariaDB, against MySQL. Its server comes from
 * SLUICE_TEST_MYSQL_URL, or is fetched. Where it cannot be, that is written, and the run passes without a test, unless
 * SLUICE_TEST_MYSQL=required.
 */
const INCLUDE = [
  ...['', '-faults', '-long', '-marker', '-signal'].map((part) => `test/integration/reconcile-mariadb${part}.test.ts`),
  ...['hashes', 'look', 'parts', 'random', 'rules'].map((part) => `test/integration/reconcile-${part}.test.ts`),
  'test/integration/preflight-mariadb.test.ts',
  ...['oracle', 'pipeline-mariadb', 'reconcile-cases', 'reconcile-repair', 'repair-kills'].map(
    (name) => `test/integration/${name}.test.ts`,
  ),
  'test/mysql/**/*.test.ts',
];
const WITHOUT_SERVER = 'test/mysql/without-server.test.ts';

export default defineConfig(async () => {
  const files = process.env.SLUICE_TEST_MYSQL_URL ? undefined : await mysqlFiles();
  const missing = files !== undefined && 'reason' in files ? files.reason : undefined;
  if (missing !== undefined) {
    const message = `MySQL could not be fetched: ${missing}`;
    if (process.env.SLUICE_TEST_MYSQL === 'required') throw new Error(message);
    process.stderr.write(`\nSKIPPED: none of the MySQL tests runs. ${message}\n\n`);
  }
  const reporters = shared.test?.reporters ?? ['default'];
  const name = 'mysql';
  if (missing !== undefined) {
    return {
      test: { name, reporters, include: [WITHOUT_SERVER], passWithNoTests: true, provide: { mysqlMissing: missing } },
    };
  }
  return {
    test: {
      ...integration,
      name,
      reporters,
      disableConsoleIntercept: true,
      include: INCLUDE,
      exclude: [WITHOUT_SERVER],
      globalSetup: ['test/helpers/mysql-server/setup.ts'],
    },
  };
});
