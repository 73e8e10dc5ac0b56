import type { Dashboard, Panel, RowPanel, VariableModel } from '@grafana/schema';

/** One query of a panel, in PromQL with the variables of the dashboard. */
export interface Query {
  expr: string;
  /** What a series is called: `{{connector}}`. */
  legend: string;
}

export interface PanelSpec {
  title: string;
  description: string;
  kind: 'timeseries' | 'stat' | 'state-timeline';
  /** Grafana's id of a unit. */
  unit: 's' | 'ms' | 'bytes' | 'short' | 'percentunit' | 'ops' | 'bool' | 'none';
  /** Of the 24 columns. */
  width: number;
  queries: readonly Query[];
  /** From which value on it is yellow, and red. */
  limits?: { warning?: number; critical?: number };
  /** Below this it is red: for what should be 1. */
  least?: number;
}

export interface RowSpec {
  title: string;
  panels: readonly PanelSpec[];
}

/** A drop-down list above the panels, from the values of a label. */
export interface VariableSpec {
  name: string;
  label: string;
  /** `label_values(METRIC, LABEL)` */
  query: string;
}

export interface DashboardSpec {
  uid: string;
  title: string;
  description: string;
  variables: readonly VariableSpec[];
  rows: readonly RowSpec[];
}

/** The first version whose data sources are named by uid; every Grafana since 9 reads it, and newer ones migrate it. */
const SCHEMA_VERSION = 39;
const COLUMNS = 24;
const HEIGHTS = { timeseries: 8, stat: 4, 'state-timeline': 8 } as const satisfies Record<PanelSpec['kind'], number>;

/** Chosen at the top of the dashboard: the file names no data source of anybody's. */
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** A dashboard that any Grafana can import. */
export function grafanaDashboard({ uid, title, description, variables, rows }: DashboardSpec): Dashboard {
  return {
    uid,
    title,
    description,
    tags: ['kafka-connect', 'sluice'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    // Lines at the same moment in all panels.
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', multi: false },
        ...variables.map(variableOf),
      ],
    },
    panels: placed(rows),
  };
}

function variableOf({ name, label, query }: VariableSpec): VariableModel {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { qryType: 1, query, refId: name },
    // At each change of the time range.
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  };
}

/** Rows one below the other, their panels side by side. */
function placed(rows: readonly RowSpec[]): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = [];
  let y = 0;
  const nextId = () => panels.length + 1;
  for (const row of rows) {
    panels.push({
      ...{ id: nextId(), type: 'row', title: row.title, collapsed: false, panels: [] },
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    });
    y += 1;
    let [x, height] = [0, 0];
    for (const panel of row.panels) {
      const h = HEIGHTS[panel.kind];
      if (x + panel.width > COLUMNS) {
        y += height;
        [x, height] = [0, 0];
      }
      panels.push({ id: nextId(), ...panelOf(panel), gridPos: { x, y, w: panel.width, h } });
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function panelOf({ title, description, kind, unit, queries, limits, least }: PanelSpec): Panel {
  const targets = queries.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    range: kind !== 'stat',
    instant: kind === 'stat',
  }));
  return {
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    targets,
    fieldConfig: {
      defaults: {
        unit,
        ...(unit === 'bool' ? {} : { min: 0 }),
        color: { mode: kind === 'timeseries' ? 'palette-classic' : 'thresholds' },
        thresholds: { mode: 'absolute', steps: stepsOf(limits, least) },
        ...(kind === 'timeseries' ? { custom: TIME_SERIES } : {}),
        ...(kind === 'state-timeline' ? { custom: { fillOpacity: 80, lineWidth: 0 } } : {}),
      },
      overrides: [],
    },
    options: OPTIONS[kind],
  } as Panel;
}

const TIME_SERIES = { drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never', spanNulls: false };
const OPTIONS = {
  timeseries: {
    legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, colorMode: 'value', graphMode: 'none' },
  'state-timeline': { mergeValues: true, showValue: 'never', legend: { displayMode: 'list', placement: 'bottom' } },
} as const satisfies Record<PanelSpec['kind'], object>;

function stepsOf(limits: PanelSpec['limits'], least: number | undefined) {
  if (least !== undefined) {
    return [
      { color: 'red', value: null },
      { color: 'green', value: least },
    ];
  }
  return [
    { color: 'green', value: null },
    ...(limits?.warning === undefined ? [] : [{ color: 'yellow', value: limits.warning }]),
    ...(limits?.critical === undefined ? [] : [{ color: 'red', value: limits.critical }]),
  ];
}
