import { connectorJson, connectorYaml } from '../../connectors/templates/file.ts';
import { connectorConfig, type RenderedConnector } from '../../connectors/templates/render.ts';
import type { View } from '../command.ts';

/**
 * A connector file as text. On stdout JSON is a document with schemaVersion, as every command's; a file is what
 * Connect itself takes, too.
 */
export function templateRenderView(form: 'yaml' | 'json'): View<RenderedConnector> {
  return {
    table: form === 'json' ? connectorJson : connectorYaml,
    document: (connector) => ({ name: connector.name, config: connectorConfig(connector) }),
  };
}
