import { describe, expect, it } from 'vitest';
import { dashboardFiles } from '../../../src/dashboards/export.ts';
import { grafanaDashboard } from '../../../src/dashboards/panels.ts';
import { RUN_FAMILIES } from '../../../src/metrics/run/families.ts';
import { daemonFamilies } from '../../helpers/daemon-metrics.ts';
import { alertRules, DASHBOARDS, jmxMetricNames, metricNames, panelQueries } from '../../helpers/promql.ts';

/** Of the JVM, which every JMX exporter has; the integration test asks a real one. */
const OF_THE_JVM = ['jvm_memory_used_bytes', 'jvm_memory_max_bytes', 'process_cpu_seconds_total'];

it('finds the names of metrics in PromQL', () => {
  expect(metricNames('sum by (a, b) (rate(x_total{a=~"y_total"}[5m])) > 0 and on (c) z or absent(w)')).toEqual([
    'x_total',
    'z',
    'w',
  ]);
});

it('asks only for metrics that sluice or the exporter has', async () => {
  const ofDaemon = daemonFamilies().map(({ name }) => name);
  const known = new Set([...ofDaemon, ...Object.keys(RUN_FAMILIES), ...(await jmxMetricNames()), ...OF_THE_JVM]);
  const rules = (await alertRules()).map(({ alert, expr }) => ({ where: alert, expr }));
  const variables = DASHBOARDS.flatMap(({ title, variables: all }) =>
    all.map(({ query }) => ({
      where: title,
      expr: query.replace(/^label_values\((.*), \w+\)$/, '$1'),
    })),
  );
  const all = [...panelQueries(), ...rules, ...variables];
  expect(all.length).toBeGreaterThan(60);
  const unknown = all.flatMap(({ where, expr }) =>
    metricNames(expr).flatMap((name) => (known.has(name) ? [] : [`${where}: ${name}`])),
  );
  expect(unknown).toEqual([]);
});

it('has the exporter report only what the dashboards show, or what the daemon reads', async () => {
  // Read by the daemon alone (src/metrics/model.ts).
  const ofDaemon = /Snapshot|TotalTableCount|EventsSeen$|EventsFiltered|skipped|retries|last_error|failures_total$/;
  const shown = new Set(panelQueries().flatMap(({ expr }) => metricNames(expr)));
  const idle = (await jmxMetricNames()).filter((name) => !shown.has(name) && !ofDaemon.test(name));
  expect(idle).toEqual([]);
});

describe.each(DASHBOARDS)('the dashboard $title', (spec) => {
  const dashboard = grafanaDashboard(spec);
  const panels = dashboard.panels ?? [];

  it('can be imported: no id, a uid, a version of the schema, a data source that is chosen', () => {
    expect(dashboard).not.toHaveProperty('id');
    expect(dashboard).toMatchObject({ uid: expect.stringMatching(/^sluice-[a-z-]+$/), schemaVersion: 39 });
    expect(dashboard.templating?.list?.[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    const sources = [...JSON.stringify(dashboard).matchAll(/"datasource":(\{[^}]*\}"\})/g)].map(([, source]) => source);
    expect([...new Set(sources)]).toEqual(['{"type":"prometheus","uid":"${datasource}"}']);
  });

  it('has panels that do not overlap, each with an id, a title and a description', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title, type, ...panel } of panels) {
      expect(title).toBeTruthy();
      if (type !== 'row') expect((panel as { description?: string }).description).toMatch(/\.$|sluice /);
      const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          expect(taken).not.toContain(`${column} ${line}`);
          taken.add(`${column} ${line}`);
        }
      }
    }
  });

  it('uses every variable that it has, and no other', () => {
    const text = JSON.stringify(panels) + JSON.stringify(dashboard.templating?.list?.map(({ query }) => query));
    const used = new Set([...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name));
    expect([...used].filter((name) => name !== '__rate_interval').sort()).toEqual(
      (dashboard.templating?.list ?? []).map(({ name }) => name).sort(),
    );
  });
});

it('puts every file under a name of its own, and ends each with a line break', async () => {
  const files = await dashboardFiles();
  expect(files.map(({ name }) => name)).toEqual([
    'cdc-pipeline.json',
    'kafka-connect.json',
    'prometheus-rules.yaml',
    'jmx-exporter.yaml',
  ]);
  for (const { text } of files) expect(text).toMatch(/[^\n]\n$/);
});
