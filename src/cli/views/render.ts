import { Document, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { RenderedConnector, RenderedOrigin, RenderReport } from '../../project/render.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

/** @title sluice render --json */
export type RenderDocument = WithWarnings<RenderReport>;

/** YAML that can be read back as connector files, with comments on the origin of values. JSON can be read back too. */
export const renderView: View<RenderReport, RenderDocument> = {
  verbatim: true,
  table: ({ connectors, origins }) =>
    connectors.length === 0
      ? '# No connectors.'
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
