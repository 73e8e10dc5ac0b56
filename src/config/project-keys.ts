import { nearest } from '../text/nearest.ts';
import { own } from '../text/own.ts';

/** The parts of a JSON Schema that are read here. */
interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  $defs?: Record<string, Schema>;
}

/**
 * What an unknown key was probably meant to be: one of the same place, or the same key further down.
 * @param schema schemas/project.json
 * @param place the keys above it
 */
export function keyAdvice(schema: Schema, place: readonly string[], key: string): string | undefined {
  const known = Object.keys(propertiesAt(schema, place)).filter((name) => name !== '$schema');
  if (known.length === 0) return undefined;
  const near = nearest(key, known) ?? deeper(schema, place, key);
  return `${near === undefined ? '' : `Did you mean ${near}? `}The keys are: ${known.join(', ')}.`;
}

/** `reconcile.pairs` for `pairs`. */
function deeper(schema: Schema, place: readonly string[], key: string): string | undefined {
  const all = propertiesAt(schema, place);
  const above = Object.keys(all).find((name) => own(propertiesOf(schema, all[name]), key) !== undefined);
  return above === undefined ? undefined : `${above}.${key}`;
}

function propertiesAt(root: Schema, place: readonly string[]): Record<string, Schema> {
  let at: Schema | undefined = root;
  for (const key of place) {
    at = variants(root, at)
      .map(({ properties, additionalProperties, items }) => {
        const more = typeof additionalProperties === 'object' ? additionalProperties : undefined;
        return own(properties, key) ?? more ?? items;
      })
      .find((found) => found !== undefined);
  }
  return propertiesOf(root, at);
}

function propertiesOf(root: Schema, schema: Schema | undefined): Record<string, Schema> {
  return Object.assign({}, ...variants(root, schema).map(({ properties }) => properties));
}

/** A schema without its references, and its alternatives. */
function variants(root: Schema, schema: Schema | undefined): Schema[] {
  if (schema === undefined) return [];
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  const resolved = name === undefined ? schema : (own(root.$defs, name) ?? {});
  return [resolved, ...[...(resolved.anyOf ?? []), ...(resolved.oneOf ?? [])].flatMap((one) => variants(root, one))];
}
