import { setOwn } from '../text/own.ts';
import { redactValue } from '../text/redact.ts';
import { setting } from '../text/settings.ts';
import { CONNECTOR_STATES, type ConnectorForm, type ConnectorState } from './connector-file.ts';
import type { RuleId } from './finding.ts';
import type { KeyPath } from './sources/source.ts';

/** A problem with a document's structure, at `path`. */
export interface ShapeProblem {
  rule: RuleId;
  severity: 'error' | 'warning';
  message: string;
  hint?: string;
  key?: string;
  path: KeyPath;
}

/** One connector as written: values are text, references unresolved. */
export interface ShapedConnector {
  name: string | undefined;
  form: ConnectorForm;
  config: Record<string, string>;
  state: ConnectorState | undefined;
  /** Keys whose value is a list or an object. */
  unreadable: ReadonlySet<string>;
  /** The path of a key of the config, or of `name` and `state`. */
  pathOf(key: string): KeyPath;
}

export interface Shaped {
  /** Absent if the document is not a connector. */
  connector?: ShapedConnector;
  /** True for empty documents and other Kubernetes resources, which may be in the same file as connectors. */
  skipped?: boolean;
  problems: ShapeProblem[];
}

export type Fields = Record<string, unknown>;

const FORMS_HINT =
  'A connector file is {"name": …, "config": {…}}, a flat config with "name" and "connector.class", or a Strimzi KafkaConnector.';
/** Keys of `GET /connectors/{name}` and of the POST body. */
const WRAPPED_KEYS = new Set(['name', 'config', 'state', 'initial_state', 'tasks', 'type', '$schema', 'schemaVersion']);

/**
 * The connectors in a document of `sluice render`, or the items of a Kubernetes List, each with its path. Any other
 * document is returned unchanged.
 */
export function connectorsIn(value: unknown): { value: unknown; at: KeyPath }[] {
  if (!isFields(value)) return [{ value, at: [] }];
  const key = 'schemaVersion' in value ? 'connectors' : isResource(value) && /List$/.test(value['kind']) ? 'items' : '';
  const parts = value[key];
  if (!Array.isArray(parts)) return [{ value, at: [] }];
  return parts.flatMap((part: unknown, index) =>
    connectorsIn(part).map(({ value: item, at }) => ({ value: item, at: [key, String(index), ...at] })),
  );
}

type Resource = Fields & { kind: string; apiVersion: string };

function isResource(value: Fields): value is Resource {
  return typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string';
}

export function isStrimzi(value: unknown): value is Resource {
  if (!isFields(value) || !isResource(value)) return false;
  return value.kind === 'KafkaConnector' && /^kafka\.strimzi\.io\//.test(value.apiVersion);
}

/** Reads a document in any of the supported forms. */
export function shapeConnector(value: unknown): Shaped {
  if (value === null || value === undefined) return { skipped: true, problems: [] };
  if (Array.isArray(value)) {
    return notAConnector(
      'a list, not a connector',
      'Keep one connector per file, or several YAML documents separated by ---.',
    );
  }
  if (!isFields(value)) return notAConnector('not a connector', FORMS_HINT);
  if (isResource(value)) return shapeResource(value);
  if (value['kind'] === 'sluice-plan')
    return notAConnector('a saved plan, not a connector', `Deploy it with ${setting('plan')}.`);
  if (isFields(value['config'])) return shapeWrapped(value, value['config']);
  if (isAnswer(value))
    return notAConnector(
      'a response of GET /connectors?expand=info, not a connector',
      'Write each connector to its own file: sluice export.',
    );
  if ('connector.class' in value || ('name' in value && Object.keys(value).some((key) => key.includes('.')))) {
    return shapeFlat(value);
  }
  return notAConnector('not a connector', FORMS_HINT);
}

function notAConnector(message: string, hint: string): Shaped {
  return { problems: [{ rule: 'not-a-connector', severity: 'error', message, hint, path: [] }] };
}

/** Connectors of other tools, by the group of their apiVersion: reported as such, since sluice does not read them. */
const OTHERS: readonly [apiVersion: RegExp, kind: string, name: string][] = [
  [/^kafka\.jikkou\.io\//, 'KafkaConnector', 'a Jikkou KafkaConnector'],
  [/^platform\.confluent\.io\//, 'Connector', 'a Confluent for Kubernetes Connector'],
  [/^v1$/, 'Connector', 'an ns4kafka Connector'],
];

function shapeResource(value: Resource): Shaped {
  const { kind, apiVersion } = value;
  if (isStrimzi(value)) return shapeStrimzi(value);
  const other = OTHERS.find(([version, of]) => of === kind && version.test(apiVersion));
  if (other !== undefined || /^(Kafka)?Connector$/.test(kind))
    return notAConnector(
      `${other?.[2] ?? `a ${kind} of ${apiVersion}`}, which sluice does not read`,
      'If the connector is running, export it: sluice export NAME. Otherwise write its name and config as {"name": …, "config": {…}}.',
    );
  return { skipped: true, problems: [] };
}

/** `{NAME: {"info": {…}}}` */
function isAnswer(value: Fields): boolean {
  const parts = Object.values(value);
  return (
    parts.length > 0 &&
    parts.every((part) => isFields(part) && isFields(part['info']) && isFields(part['info']['config']))
  );
}

function shapeWrapped(value: Fields, fields: Fields): Shaped {
  const problems: ShapeProblem[] = [];
  const config = textConfig(fields, ['config'], problems);
  const name = nameOf(value['name'], ['name'], problems);
  const inner = config['name'];
  if (name !== undefined && inner !== undefined && inner !== name) {
    problems.push({
      rule: 'name-mismatch',
      severity: 'error',
      message: `config.name is "${inner}", but the connector's name is "${name}"; Connect refuses that`,
      hint: 'Remove "name" from the config.',
      key: 'name',
      path: ['config', 'name'],
    });
  }
  for (const key of Object.keys(value)) {
    if (WRAPPED_KEYS.has(key)) continue;
    problems.push({
      rule: 'stray-key',
      severity: 'warning',
      message: `"${key}" is next to "config" and has no effect there`,
      hint: key.includes('.') ? 'Move it into "config".' : 'Remove it.',
      key,
      path: [key],
    });
  }
  const stateKey = 'state' in value ? 'state' : 'initial_state';
  const state = stateOf(value[stateKey], [stateKey], problems);
  const inConfig = name === undefined && inner !== undefined;
  delete config['name'];
  return finish(name ?? inner, 'wrapped', config, state, problems, (key) => {
    if (key === 'name') return inConfig ? ['config', 'name'] : ['name'];
    return key === 'state' ? [stateKey] : ['config', key];
  });
}

function shapeFlat(value: Fields): Shaped {
  const problems: ShapeProblem[] = [];
  const name = nameOf(value['name'], ['name'], problems);
  const config = textConfig(value, [], problems, 'name');
  return finish(name, 'flat', config, undefined, problems, (key) => [key]);
}

/** @see https://strimzi.io/docs/operators/latest/configuring.html#type-KafkaConnectorSpec-reference */
function shapeStrimzi(value: Fields): Shaped {
  const problems: ShapeProblem[] = [];
  const metadata = isFields(value['metadata']) ? value['metadata'] : {};
  const spec = isFields(value['spec']) ? value['spec'] : {};
  const rest = isFields(spec['config']) ? textConfig(spec['config'], ['spec', 'config'], problems) : {};
  const own: [field: string, key: string][] = [
    ['class', 'connector.class'],
    ['tasksMax', 'tasks.max'],
    ['version', 'connector.plugin.version'],
  ];
  const config: Record<string, string> = {};
  for (const [field, key] of own) {
    if (spec[field] === undefined || spec[field] === null) continue;
    const text = textOf(spec[field]);
    if (text !== undefined) setOwn(config, key, text);
    if (rest[key] !== undefined) {
      problems.push({
        rule: 'stray-key',
        severity: 'warning',
        message: `Strimzi takes "${key}" from spec.${field} and refuses it in spec.config`,
        hint: `Remove it from spec.config.`,
        key,
        path: ['spec', 'config', key],
      });
    }
  }
  const fromSpec = new Set(Object.keys(config));
  for (const [key, text] of Object.entries(rest)) if (!fromSpec.has(key)) setOwn(config, key, text);
  if (spec['pause'] !== undefined && spec['pause'] !== null && typeof spec['pause'] !== 'boolean') {
    problems.push({
      rule: 'state-unknown',
      severity: 'error',
      message: 'spec.pause is neither true nor false; Kubernetes refuses the resource',
      hint: 'Write true or false, without quotes.',
      key: 'state',
      path: ['spec', 'pause'],
    });
  }
  const state =
    spec['state'] === undefined && spec['pause'] === true
      ? 'paused'
      : stateOf(spec['state'], ['spec', 'state'], problems);
  const name = nameOf(metadata['name'], ['metadata', 'name'], problems);
  delete config['name'];
  return finish(name, 'strimzi', config, state, problems, (key) => {
    if (key === 'name') return ['metadata', 'name'];
    if (key === 'state') return 'state' in spec ? ['spec', 'state'] : ['spec', 'pause'];
    const field = own.find(([, ownKey]) => ownKey === key && fromSpec.has(key))?.[0];
    return field === undefined ? ['spec', 'config', key] : ['spec', field];
  });
}

const NONE: ReadonlySet<string> = new Set();

function finish(
  name: string | undefined,
  form: ConnectorForm,
  config: Record<string, string>,
  state: ConnectorState | undefined,
  problems: ShapeProblem[],
  pathOf: (key: string) => KeyPath,
): Shaped {
  if (name === undefined || name === '') {
    problems.push({
      rule: 'missing-name',
      // The body of PUT /connectors/NAME/config has none, but can be checked.
      severity: form === 'flat' ? 'warning' : 'error',
      message: 'the connector has no name',
      hint: form === 'strimzi' ? 'Add metadata.name.' : 'Add "name".',
      key: 'name',
      path: form === 'strimzi' ? ['metadata'] : [],
    });
  }
  const unreadable =
    problems.length === 0
      ? NONE
      : new Set(problems.flatMap(({ rule, key }) => (rule === 'value-not-text' && key ? [key] : [])));
  return { connector: { name: name || undefined, form, config, state, unreadable, pathOf }, problems };
}

function textConfig(fields: Fields, at: KeyPath, problems: ShapeProblem[], except?: string): Record<string, string> {
  const config: Record<string, string> = {};
  for (const key in fields) {
    const value = fields[key];
    // Tells an editor the schema of the file; not a setting, never sent.
    if (key === '$schema' || key === except) continue;
    const text = textOf(value);
    if (text !== undefined) setOwn(config, key, text);
    else if (value === null) {
      problems.push({
        rule: 'null-value',
        severity: 'warning',
        message: `"${key}" has no value; the key is ignored`,
        hint: 'Remove the key, or write "" for an empty text.',
        key,
        path: [...at, key],
      });
    } else {
      problems.push({
        rule: 'value-not-text',
        severity: 'error',
        message: `"${key}" is ${Array.isArray(value) ? 'a list' : 'an object'}; Connect accepts only text, and answers 500`,
        hint: Array.isArray(value) ? 'Write the items as one text, separated by commas.' : 'Write dotted keys.',
        key,
        path: [...at, key],
      });
    }
  }
  return config;
}

/** Numbers arrive as text, as written (see the sources). */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : undefined;
}

function nameOf(value: unknown, path: KeyPath, problems: ShapeProblem[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  const name = textOf(value);
  if (name === undefined) {
    problems.push({ rule: 'value-not-text', severity: 'error', message: 'the name is not text', key: 'name', path });
  }
  return name;
}

export function stateOf(value: unknown, path: KeyPath, problems: ShapeProblem[]): ConnectorState | undefined {
  if (value === undefined || value === null) return undefined;
  const state = CONNECTOR_STATES.find((one) => one === String(value).toLowerCase());
  if (state === undefined) {
    problems.push({
      rule: 'state-unknown',
      severity: 'error',
      message: `invalid state "${redactValue(String(value))}"`,
      hint: `Write one of: ${CONNECTOR_STATES.join(', ')}.`,
      key: 'state',
      path,
    });
  }
  return state;
}

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
