import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../config/environment.ts';
import { connectorYaml } from '../connectors/templates/file.ts';
import { loadTemplate } from '../connectors/templates/load.ts';
import { renderTemplate } from '../connectors/templates/render.ts';
import type { DatabaseAddress } from '../sandbox/status.ts';

export const SOURCE = 'shop-source';
export const SINK = 'shop-sink';
export const SINK_TASKS = 3;

/** Values of the variables that the files refer to: the files themselves hold no password. */
export function demoVariables(source: DatabaseAddress, target: DatabaseAddress): Environment {
  return { SOURCE_PASSWORD: source.password, TARGET_PASSWORD: target.password };
}

/** Renders both ends of the pipeline into connector files and returns their paths, the source first. */
export async function writeConnectorFiles(
  folder: string,
  source: DatabaseAddress,
  target: DatabaseAddress,
): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const render = async (template: string, values: Record<string, string | number>) => {
    const entries = Object.entries(values).map(([name, value]) => [name, String(value)] as const);
    const connector = renderTemplate(await loadTemplate(template), new Map(entries));
    const file = path.join(folder, `${connector.name}.yaml`);
    writeFileSync(file, connectorYaml(connector));
    return file;
  };
  const reach = ({ host, port, database, user }: DatabaseAddress) => ({ host, port, database, user });
  return [
    await render('debezium-postgres-source', { name: SOURCE, prefix: 'shop', tables: 'shop\\..*', ...reach(source) }),
    await render('debezium-jdbc-sink-postgres', {
      name: SINK,
      prefix: 'shop',
      schema: 'shop',
      tasks: SINK_TASKS,
      ...reach(target),
    }),
  ];
}
