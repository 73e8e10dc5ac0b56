import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { writeDurableFile } from '../files/durable-file.ts';
import { setting } from '../text/settings.ts';
import { alertRules } from './alert-rules.ts';
import { CDC_PIPELINE } from './cdc-pipeline.ts';
import { jmxConfig } from './jmx-config.ts';
import { KAFKA_CONNECT } from './kafka-connect.ts';
import { grafanaDashboard } from './panels.ts';

export interface DashboardFile {
  file: string;
  /** What reads it. */
  for: 'Grafana' | 'Prometheus' | 'JMX exporter';
  state: 'written' | 'unchanged';
}

export interface DashboardsReport {
  folder: string;
  files: DashboardFile[];
}

interface Exported {
  name: string;
  for: DashboardFile['for'];
  text: string;
}

/** Every file, by its name in the folder. */
export async function dashboardFiles(): Promise<Exported[]> {
  return [
    ...[CDC_PIPELINE, KAFKA_CONNECT].map((spec) => ({
      name: `${spec.uid.replace(/^sluice-/, '')}.json`,
      for: 'Grafana' as const,
      text: `${JSON.stringify(grafanaDashboard(spec), null, 2)}\n`,
    })),
    { name: 'prometheus-rules.yaml', for: 'Prometheus', text: await alertRules() },
    { name: 'jmx-exporter.yaml', for: 'JMX exporter', text: await jmxConfig() },
  ];
}

/**
 * Writes dashboards, rules and the configuration that they need into a folder.
 * @throws FILE_UNWRITABLE, before anything is written, if a file exists that says something else
 */
export async function exportDashboards(folder: string, force: boolean): Promise<DashboardsReport> {
  const files = (await dashboardFiles()).map(({ name, text, for: reader }) => {
    const file = path.join(folder, name);
    const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    return { file, text, before, for: reader };
  });
  const changed = files.find(({ before, text }) => before !== undefined && before !== text);
  if (changed !== undefined && !force) {
    throw new SluiceError('FILE_UNWRITABLE', `${changed.file} exists with other contents; nothing was written`, {
      hint: `Replace files with ${setting('force')}, or write elsewhere with ${setting('out')}.`,
    });
  }
  return {
    folder,
    files: files.map(({ file, text, before, for: reader }) => {
      if (before !== text) writeDurableFile(file, text, { shared: true });
      return { file, for: reader, state: before === text ? 'unchanged' : 'written' };
    }),
  };
}
