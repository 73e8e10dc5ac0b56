import { describe, expect, it } from 'vitest';
import { checkPlaceholders } from '../../../src/validate/placeholders.ts';
import type { Problem, Scope } from '../../../src/validate/problem.ts';

function found(value: string): string[] {
  const problems: Problem[] = [];
  const scope = { config: { key: value }, written: () => value } as unknown as Scope;
  checkPlaceholders(scope, problems);
  return problems.map(({ message }) => message.split(' is sent')[0] ?? '');
}

describe('placeholders that nobody fills in', () => {
  it.each([
    ['$DB_USER', '$DB_USER'],
    ['{{ db_password }}', '{{ db_password }}'],
    ['jdbc:postgresql://{{host}}/db', '{{host}}'],
    ['${db.name}', '${db.name}'],
    ['x-${lower_case}', '${lower_case}'],
    ['${}', '${}'],
  ])('%s', (value, placeholder) => expect(found(value)).toEqual([placeholder]));

  it.each([
    '${DB_USER}',
    '${DB_USER:-localhost}',
    '${file:/secrets:password}',
    '${vault:kv/db#user}',
    '${topic}',
    'archive_${topic}-${timestamp}',
    '${source.schema}_${source.table}',
    '$${literal}',
    '(.*)$1',
    '$1',
    '^orders$',
    '{"a":{"b":{}}}',
  ])('%s is none', (value) => expect(found(value)).toEqual([]));
});
