import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packagePath } from '../../src/config/package-root.ts';
import { type Benchmark, time } from './bench.ts';

/** Wall time of the sandbox and of the whole demo, with the parts fetched before. */
export const sandbox: Benchmark = {
  name: 'sandbox',
  async run() {
    const state = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
    const env = { SLUICE_STATE_DIR: state };
    const sluice = (...args: string[]) => time(process.execPath, [packagePath('bin', 'run.js'), ...args], { env });
    const down = () => sluice('sandbox', 'down', '--name', 'bench', '--purge');
    try {
      // What has to be fetched is fetched here, and not measured.
      await sluice('sandbox', 'up', '--name', 'bench', '--with', 'mariadb');
      await down();
      const up = await sluice('sandbox', 'up', '--name', 'bench');
      const again = await sluice('sandbox', 'up', '--name', 'bench');
      await down();
      const withMariadb = await sluice('sandbox', 'up', '--name', 'bench', '--with', 'mariadb');
      await down();
      const demo = await sluice('demo');
      return [
        { name: 'sandbox up, warm', value: up.ms / 1000, unit: 's', target: { most: 20 } },
        { name: 'sandbox up, everything running', value: again.ms / 1000, unit: 's' },
        { name: 'sandbox up --with mariadb, warm', value: withMariadb.ms / 1000, unit: 's' },
        { name: 'demo, warm', value: demo.ms / 1000, unit: 's', target: { most: 120 } },
      ];
    } finally {
      await down();
      rmSync(state, { recursive: true, force: true });
    }
  },
};
