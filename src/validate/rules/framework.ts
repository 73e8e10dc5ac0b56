import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import { javaRegexProblem } from '../../text/java-regex.ts';
import { listItems } from '../../text/lists.ts';
import { beginsWithName } from '../../text/prefixes.ts';
import { connectorClass } from '../../topology/connector-class.ts';
import { takesTopic } from '../../topology/feeds.ts';
import { familiesOf, keysBelow, type Report, type Scope, scopeOf } from './scope.ts';
import { checkValue, listProblem } from './values.ts';

/**
 * Checks what Connect itself requires of every connector, apart from the types of its keys.
 * @param known the schema, or what is known without one
 */
export function checkFramework(
  scope: Scope,
  schema: PluginSchema | undefined,
  known: PluginSchema | undefined,
  report: Report,
): void {
  const types = schema?.['x-plugin'].types;
  if (types?.includes('sink')) checkTopics(scope, report);
  if (types?.includes('source')) checkTopicCreation(scope, report);
  if (known) checkTasks(scope, known, report);
}

function checkTopics(scope: Scope, report: Report): void {
  const { config, unknown } = scope;
  if (unknown('topics') || unknown('topics.regex')) return;
  const given = (['topics', 'topics.regex'] as const).filter((key) => (config[key] ?? '').trim() !== '');
  if (given.length !== 1) {
    const none = given.length === 0;
    // One finding for both keys; the worker reports an error for each.
    report({
      rule: none ? 'missing-key' : 'exclusive-keys',
      severity: 'error',
      message: none ? 'a sink needs either topics or topics.regex' : 'topics and topics.regex exclude each other',
      hint: none ? 'Add one of the two.' : 'Keep one of the two.',
      key: 'topics',
      also: ['topics.regex'],
      ...(none ? { at: 'connector.class' } : {}),
      part: 'key',
    });
    return;
  }
  checkTopicList(config['topics'], report);
  const dead = 'errors.deadletterqueue.topic.name';
  const queue = (config[dead] ?? '').trim();
  const pattern = config['topics.regex'];
  const problem = pattern ? javaRegexProblem(pattern) : undefined;
  if (problem !== undefined) {
    report({
      rule: 'invalid-value',
      severity: 'error',
      message: `topics.regex is not a regular expression: ${problem}`,
      hint: 'Fix it; the worker answers 500.',
      key: 'topics.regex',
      part: 'value',
    });
  } else if (queue !== '' && !unknown(dead)) {
    const key = given[0] ?? 'topics';
    const reads =
      key === 'topics'
        ? listItems(config['topics']).includes(queue)
        : // No finding if this engine cannot parse the pattern, or takes too long.
          takesTopic(pattern, queue);
    if (!reads) return;
    report({
      rule: 'queue-among-topics',
      severity: 'error',
      message: `the dead letter queue ${queue} is among the topics that the sink reads`,
      hint: 'Choose a name that the sink does not read.',
      key,
      part: 'value',
    });
  }
}

function checkTopicList(topics: string | undefined, report: Report): void {
  if (topics === undefined) return;
  const wrong = listProblem(topics);
  if (wrong === undefined) return;
  report({
    rule: 'invalid-value',
    severity: 'error',
    message: `topics ${wrong}`,
    hint: 'Name each topic once.',
    key: 'topics',
    part: 'value',
  });
}

/** @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-158 */
function checkTopicCreation(scope: Scope, report: Report): void {
  if (keysBelow(scope, 'topic.creation.').length === 0) return;
  const own = scopeOf(scope, 'topic.creation.');
  const keys = own.keys.filter((key) => key !== 'enable');
  if (keys.length === 0 || own.unknown('groups')) return;
  const groups = listItems(own.config['groups']);
  if (new Set(groups).size < groups.length) {
    report({
      rule: 'duplicate-alias',
      severity: 'error',
      message: 'topic.creation.groups names a group twice',
      hint: 'Name each group once.',
      key: 'topic.creation.groups',
      part: 'value',
    });
  }
  const need = (key: string, why: string) => {
    if (own.config[key] !== undefined) return;
    report({
      rule: 'missing-key',
      severity: 'error',
      message: `topic.creation.${key} is missing: ${why}`,
      hint: `Add topic.creation.${key}.`,
      key: `topic.creation.${key}`,
      at: `topic.creation.${keys[0]}`,
    });
  };
  need('default.replication.factor', 'topics are created only if the default group is complete');
  need('default.partitions', 'topics are created only if the default group is complete');
  for (const group of groups) {
    if (group !== 'default') need(`${group}.include`, `the group "${group}" needs a list of topics`);
  }
  const known = new Set([...groups, 'default']);
  for (const [group, [key]] of familiesOf(own.keys)) {
    if (known.has(group) || (key !== undefined && beginsWithName(key, known))) continue;
    report({
      rule: 'orphan-alias',
      severity: 'warning',
      message: `topic.creation.groups does not name "${group}": its keys have no effect`,
      hint: `Add ${group} to topic.creation.groups, or remove its keys.`,
      key: `topic.creation.${key}`,
      part: 'key',
    });
  }
  for (const [key, type] of [
    ['replication.factor', 'SHORT'],
    ['partitions', 'INT'],
  ] as const) {
    for (const group of known) {
      const full = `${group}.${key}`;
      const value = own.config[full];
      if (value === undefined || own.unknown(full)) continue;
      const name = `topic.creation.${full}`;
      const problem =
        checkValue(name, value, { 'x-type': type, 'x-kind': 'integer' }, () => own.show(full)) ??
        (Number(value) === 0 || Number(value) < -1
          ? { message: `${name} is too small: ${value}`, hint: "Write 1 or more, or -1 for the broker's default." }
          : undefined);
      if (problem) report({ rule: 'invalid-value', severity: 'error', ...problem, key: name, part: 'value' });
    }
  }
}

const MAX_INT = 2_147_483_647;

function checkTasks(scope: Scope, schema: PluginSchema, report: Report): void {
  const wanted = Number(scope.config['tasks.max']);
  if (scope.unknown('tasks.max')) return;
  const databases = scope.config['database.names'];
  const most =
    schema['x-max-tasks'] ??
    (connectorClass(schema['x-plugin'].class).tasks === 'one per database' &&
    databases &&
    !scope.unknown('database.names')
      ? listItems(databases).length
      : undefined);
  // Beyond an int, it is an invalid value.
  if (most === undefined || !(wanted > most) || wanted > MAX_INT) return;
  report({
    rule: 'idle-tasks',
    severity: 'warning',
    message: `tasks.max is ${wanted}, but this connector never runs more than ${most === 1 ? 'one task' : `${most} tasks`}`,
    hint: `Write tasks.max=${most}.`,
    key: 'tasks.max',
    part: 'value',
    fix: { kind: 'set-value', key: 'tasks.max', value: String(most), safe: true },
  });
}
