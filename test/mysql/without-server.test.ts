import { describe, expect, inject, it } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why there is no MySQL for `npm run test:mysql`. */
    mysqlMissing: string;
  }
}

/** All that `npm run test:mysql` has where there is no server: vitest.mysql.config.ts. */
describe.skip(`skipped: MySQL could not be fetched: ${inject('mysqlMissing')}`, () => {
  it('the MySQL suites', () => expect.unreachable());
});
