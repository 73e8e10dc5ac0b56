import type { PluginSchema } from '../../schemas/plugin-schema.ts';
import { javaGroups, javaRegexProblem, javaReplacement } from '../../text/java-regex.ts';
import { namesTopicsByRegex } from '../../topology/topic-names.ts';
import type { Report, Scope } from './scope.ts';
import { illegalTopicName, isLegalInTopic } from './topic-names.ts';

/** Keys of transforms and sources whose value replaces the match of an expression; `topic` if the result is a topic name. */
const PAIRS: readonly { regex: string; replacement: string; topic: boolean }[] = [
  { regex: 'regex', replacement: 'replacement', topic: true },
  { regex: 'topic.regex', replacement: 'topic.replacement', topic: true },
  { regex: 'route.topic.regex', replacement: 'route.topic.replacement', topic: true },
  { regex: 'key.field.regex', replacement: 'key.field.replacement', topic: false },
];
/** Of TimestampRouter; may contain `${topic}` and `${timestamp}`. */
const FORMAT = 'topic.format';

/** Reports a replacement that names a group missing from its expression: every record that matches fails. */
export function checkReplacements(scope: Scope, schema: PluginSchema, report: Report): void {
  const format = scope.config[FORMAT];
  if (format !== undefined && Object.hasOwn(schema.properties, FORMAT) && !scope.unknown(FORMAT)) {
    const literals = format.replaceAll(/\$\{(?:topic|timestamp)\}/g, '');
    if (!isLegalInTopic(literals)) report(illegalTopicName(scope.prefix + FORMAT, scope.show(FORMAT)));
  }
  for (const { regex, replacement, topic } of PAIRS) {
    const written = scope.config[replacement];
    if (written === undefined || ![regex, replacement].every((key) => Object.hasOwn(schema.properties, key))) continue;
    if (scope.unknown(replacement) || scope.unknown(regex)) continue;
    if (schema.properties['topic.naming.strategy'] && !namesTopicsByRegex(scope.config)) continue;
    const pattern = scope.config[regex] ?? schema.properties[regex]?.default ?? '';
    if (javaRegexProblem(pattern) !== undefined) continue;
    const read = javaReplacement(written, javaGroups(pattern));
    const full = scope.prefix + replacement;
    if ('problem' in read) {
      report({
        rule: 'replacement-without-group',
        severity: 'error',
        message: `${full} does not fit ${scope.prefix}${regex}: ${read.problem}`,
        hint: `Correct "${scope.show(replacement)}", or the groups of the expression.`,
        key: full,
        part: 'value',
      });
    } else if (topic && !isLegalInTopic(read.literals)) report(illegalTopicName(full, scope.show(replacement)));
  }
}
