import { connectorJson, connectorYaml } from '../../connectors/templates/file.ts';
import { connectorConfig, type RenderedConnector } from '../../connectors/templates/render.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

/** @title sluice template render --json */
export type TemplateRenderDocument = WithWarnings<{ name: string; config: Record<string, string> }>;

/**
 * A connector file as text. On stdout JSON is a document with schemaVersion, as for every command; a file is what
 * Connect itself accepts.
 */
export function templateRenderView(form: 'yaml' | 'json'): View<RenderedConnector, TemplateRenderDocument> {
  return {
    edited: true,
    verbatim: true,
    table: form === 'json' ? connectorJson : connectorYaml,
    document: (connector) => ({ name: connector.name, config: connectorConfig(connector) }),
  };
}
