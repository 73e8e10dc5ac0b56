import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { connectorYaml } from '../connectors/templates/file.ts';
import { loadTemplate } from '../connectors/templates/load.ts';
import { renderTemplate } from '../connectors/templates/render.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { DatabaseAddress } from '../sandbox/status.ts';
import type { Environment } from '../secrets/environment.ts';

export const SOURCE = 'shop-source';
export const SINK = 'shop-sink';
export const SINK_TASKS = 3;

/** Values of the files' variables: the files themselves have no passwords. */
export function demoVariables(source: DatabaseAddress, target: DatabaseAddress): Environment {
  return { SOURCE_PASSWORD: source.password, TARGET_PASSWORD: target.password };
}

/** Renders both ends of the pipeline into connector files and returns their paths, the source first. */
export async function writeConnectorFiles(
  folder: string,
  source: DatabaseAddress,
  target: DatabaseAddress,
): Promise<string[]> {
  makeFolder(folder);
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
