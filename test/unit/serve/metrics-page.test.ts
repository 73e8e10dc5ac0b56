import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { RUN_FAMILIES } from '../../../src/metrics/run/families.ts';
import { DaemonMetrics } from '../../../src/serve/metrics.ts';
import { daemonFamilies } from '../../helpers/daemon-metrics.ts';
import { connectorSnapshot, snapshot } from '../../helpers/snapshot.ts';

const away = { code: 'CONNECT_UNREACHABLE' as const, message: 'no' };

describe('docs/metrics.md', () => {
  const page = readFileSync(packagePath('docs', 'metrics.md'), 'utf8');
  /** In each part of the page, the rows of a table whose first cell is a metric: its name, and its labels. */
  const [daemon, ofRuns] = page.split('\n## Metrics of a run\n').map((part) =>
    [...part.matchAll(/^\| `(sluice_\w+)` \| ([^|]*)\|/gm)].map(([, name = '', labels = '']) => ({
      name,
      labels: labels.trim() === '' ? [] : labels.trim().split(', ').sort(),
    })),
  );

  it('lists every metric of the daemon with its labels, and no other', () => {
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(daemon?.toSorted(byName)).toEqual(daemonFamilies().sort(byName));
  });

  it('lists all that the daemon serves', async () => {
    const metrics = new DaemonMetrics('1');
    metrics.observe(
      snapshot([connectorSnapshot('a', { deadLetters: { queue: 'q', depth: 1 } })], { failures: [away] }),
    );
    metrics.showAlerts(['prod'], [], 0);
    metrics.showLeader(new Set(['prod']));
    metrics.countNotice('team', 'delivered');
    const served = [...(await metrics.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(served.length).toBeGreaterThan(15);
    expect(daemonFamilies().map(({ name }) => name)).toEqual(expect.arrayContaining(served));
  });

  it('lists every metric of a run, and no other', () => {
    expect(ofRuns?.map(({ name }) => name).sort()).toEqual(Object.keys(RUN_FAMILIES).sort());
  });
});
