// The schemas of the JSON documents, from the types that the commands print: `FooBarDocument` is foo-bar.json.
import { readdirSync } from 'node:fs';
import {
  type Annotations,
  type AnnotationsReader,
  BaseError,
  BaseType,
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  ExtendedAnnotationsReader,
  SchemaGenerator,
  type SubNodeParser,
  type SubTypeFormatter,
} from 'ts-json-schema-generator';
import { packagePath } from '../src/config/package-root.ts';

interface Schema {
  [keyword: string]: unknown;
  description?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
}

/** Text of each file of schemas/output, by name. @throws if JSON Schema cannot express a type */
export function outputSchemas(): Map<string, string> {
  const folder = packagePath('src', 'cli');
  const config = {
    ...DEFAULT_CONFIG,
    path: `${folder}/{document,views/*}.ts`,
    tsconfig: packagePath('tsconfig.json'),
    // tsc does that, and is newer than the compiler that the generator brings.
    skipTypeCheck: true,
    // All types in place, without references.
    expose: 'none',
    topRef: false,
    sortProps: false,
    functions: 'fail',
  } as const;
  const program = createProgram(config);
  const checker = program.getTypeChecker();
  const tagged = taggedParser(new ExtendedAnnotationsReader(checker));
  const parser = createParser(program, config, (chain) => chain.addNodeParser(tagged));
  const formatter = createFormatter(config, (chain) => chain.addTypeFormatter(taggedFormatter));
  const generator = new SchemaGenerator(program, parser, formatter, config);
  const schemas = new Map<string, string>();
  for (const file of ['document.ts', ...readdirSync(`${folder}/views`).map((name) => `views/${name}`)]) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(`${folder}/${file}`) as never);
    for (const { name, declarations = [] } of module === undefined ? [] : checker.getExportsOfModule(module)) {
      if (!/^[A-Z]\w*Document$/.test(name)) continue;
      const id = idOf(name);
      if (schemas.has(`${id}.json`)) throw new Error(`two types describe ${id}.json`);
      try {
        schemas.set(`${id}.json`, textOf(id, generator.createSchemaFromNodes(declarations) as Schema));
      } catch (error) {
        throw placed(error, name);
      }
    }
  }
  return schemas;
}

/** The generator's errors carry the whole syntax tree. */
function placed(error: unknown, name: string): Error {
  let one = error as Partial<BaseError>;
  while (one.cause instanceof BaseError) one = one.cause;
  const { file, start = 0 } = one.diagnostic ?? {};
  const line = file?.text.slice(0, start).split('\n').length;
  return new Error(`${name}: ${one.message}${file === undefined ? '' : ` (${file.fileName}:${line})`}`);
}

/** `PlanDocument` → `plan` */
function idOf(name: string): string {
  const words = name.slice(0, -'Document'.length).match(/[A-Z][a-z]*/g) ?? [];
  return words.join('-').toLowerCase();
}

/**
 * What has the tag `@asType`: nothing but its tags counts. A property `@asType string` may be any text, though TypeScript
 * knows which: a new error code is no new version of the document.
 */
class TaggedType extends BaseType {
  readonly tags: Annotations;

  constructor(tags: Annotations) {
    super();
    this.tags = tags;
  }

  getId(): string {
    return JSON.stringify(this.tags);
  }
}

/** The generator itself loses the tags of `Count` in `Omit<…>`, and lists the literals behind `@asType string`. */
function taggedParser(reader: AnnotationsReader): SubNodeParser {
  const tagsOf = (node: Parameters<SubNodeParser['supportsNode']>[0]) => {
    const isOfProperty = node.parent !== undefined && 'type' in node.parent && node.parent.type === node;
    const { description: _description, ...tags } = reader.getAnnotations(isOfProperty ? node.parent : node) ?? {};
    return 'type' in tags ? tags : undefined;
  };
  return {
    supportsNode: (node) => tagsOf(node) !== undefined,
    createType: (node) => new TaggedType(tagsOf(node) ?? {}),
  };
}

const taggedFormatter: SubTypeFormatter = {
  supportsType: (type) => type instanceof TaggedType,
  getDefinition: (type) => (type as TaggedType).tags,
  getChildren: () => [],
};

function textOf(id: string, { title, definitions, $schema: _draft, description: _ofType, ...schema }: Schema): string {
  if (title === undefined) throw new Error(`the type of ${id}.json has no @title`);
  if (Object.keys(definitions ?? {}).length > 0) throw new Error(`the type of ${id}.json contains itself`);
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `https://sluice.dev/schemas/output/${id}.json`,
    title,
    ...tidy(schema),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** An equivalent schema in the form that people write, its keywords in the order in which they are read. */
function tidy({ anyOf, ...schema }: Schema): Schema {
  const { description, type, required, additionalProperties, properties, items, ...rest }: Schema =
    anyOf === undefined ? schema : { ...united(anyOf.map(tidy)), ...schema };
  const keys = Object.keys(properties ?? {});
  const tidied = {
    description,
    type,
    ...rest,
    required: required && keys.filter((key) => required.includes(key)),
    additionalProperties:
      typeof additionalProperties === 'object'
        ? isEmpty(additionalProperties)
          ? undefined
          : tidy(additionalProperties)
        : additionalProperties,
    properties: properties && Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, tidy(one)])),
    items: items && tidy(items),
  };
  return Object.fromEntries(Object.entries(tidied).filter(([, value]) => value !== undefined));
}

/** Types, literals and null in one schema: `"type": ["object", "null"]`. */
function united(alternatives: readonly Schema[]): Schema {
  const left: Schema[] = [];
  for (const one of alternatives) {
    const at = left.findIndex((other) => union(other, one) !== undefined);
    const other = left[at];
    if (other === undefined) left.push(one);
    else left[at] = union(other, one) as Schema;
  }
  const [only] = left;
  return only !== undefined && left.length === 1 ? only : { anyOf: left };
}

/** Undefined if two schemas are needed. */
function union(a: Schema, b: Schema): Schema | undefined {
  if (a.type === undefined || b.type === undefined) return undefined;
  const type = [...new Set([a.type, b.type].flat())].sort(
    (one, other) => Number(one === 'null') - Number(other === 'null'),
  );
  const [left, right] = [literals(a), literals(b)];
  if (left !== undefined && right !== undefined) {
    const description = a.description ?? b.description;
    return { ...(description === undefined ? {} : { description }), type, enum: [...left, ...right] };
  }
  // Keywords such as `minimum` and `properties` apply to one type only: it must not be in both.
  if (type.length < [a.type, b.type].flat().length || (type.includes('number') && type.includes('integer')))
    return undefined;
  if (isBare(b) && left === undefined) return { ...a, type };
  return isBare(a) && right === undefined ? { ...b, type } : undefined;
}

/** The values that a schema lists; undefined if it is not such a list. */
function literals({
  type,
  const: value,
  enum: values,
  description: _description,
  ...rest
}: Schema): unknown[] | undefined {
  if (!isEmpty(rest)) return undefined;
  if (value !== undefined) return [value];
  return type === 'null' ? [null] : values;
}

function isBare({ type: _type, ...rest }: Schema): boolean {
  return isEmpty(rest);
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0;
}
