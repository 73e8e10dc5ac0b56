import { Document, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { RenderedConnector, RenderedOrigin, RenderReport } from '../../project/render.ts';
import type { View } from '../command.ts';

/** YAML that is read back as connector files; comments say what comes from where. JSON is a document, readable too. */
export const renderView: View<RenderReport> = {
  table: ({ connectors, origins }) =>
    connectors.length === 0
      ? '# There is no connector.'
      : connectors.map((connector, index) => yamlOf(connector, origins[index])).join('---\n'),
};

function yamlOf({ name, config, state }: RenderedConnector, origin: RenderedOrigin | undefined): string {
  const document = new Document({ name, config, ...(state === undefined ? {} : { state }) });
  const { file, overlay, changed = {} } = origin ?? {};
  document.commentBefore = ` ${file}${overlay ? ` with ${overlay}` : ''}`;
  const root = document.contents as unknown as YAMLMap;
  const fields = root.get('config') as YAMLMap | undefined;
  for (const [key, where] of Object.entries(changed)) {
    const map = key === 'state' ? root : fields;
    const pair = map?.items.find((item) => (item.key as Scalar).value === key) as Pair<Scalar, Scalar> | undefined;
    if (pair?.value) pair.value.comment = ` ${where}`;
  }
  return document.toString({ lineWidth: 0, blockQuote: false });
}
