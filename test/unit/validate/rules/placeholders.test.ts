import { describe, expect, it } from 'vitest';
import { checkPlaceholders } from '../../../../src/validate/rules/placeholders.ts';
import type { RuleFinding, Scope } from '../../../../src/validate/rules/scope.ts';
import { check } from '../check.ts';

function found(value: string): string[] {
  const problems: RuleFinding[] = [];
  const scope = { keys: ['key'], written: () => value, show: () => value } as unknown as Scope;
  checkPlaceholders(scope, problems);
  return problems.map(({ message }) => message.split(' is sent')[0] ?? '');
}

describe('placeholders that were never filled in', () => {
  it.each([
    ['$DB_USER', '$DB_USER'],
    ['jdbc:postgresql://$DB_HOST:5432/shop', '$DB_HOST'],
    ['$HOME/in.txt', '$HOME'],
    ['data/$OUT.txt', '$OUT'],
    ['{{ db_password }}', '{{ db_password }}'],
    ['jdbc:postgresql://{{host}}/db', '{{host}}'],
    ['{{topic}}-{{ stage }}', '{{ stage }}'],
    ['${db.name}', '${db.name}'],
    ['x-${lower_case}', '${lower_case}'],
    ['${}', '${}'],
    ['${DB_HOST:?not set}', '${DB_HOST:?not set}'],
    ['jdbc:postgresql://${DB_HOST:+x}/shop', '${DB_HOST:+x}'],
    ['${DB_HOST', '${DB_HOST'],
    ['${topic}-${DB_HOST/x', '${DB_HOST'],
  ])('%s', (value, placeholder) => expect(found(value)).toEqual([placeholder]));

  it.each([
    '${DB_USER}',
    '${DB_USER:-localhost}',
    '${file:/secrets:password}',
    '${vault:kv/db#user}',
    '${topic}',
    'archive_${topic}-${timestamp}',
    '{{topic}}/{{ partition }}-{{start_offset:padding=true}}-{{timestamp:unit=yyyy}}{{key}}',
    '${source.schema}_${source.table}',
    '$${literal}',
    '$${literal',
    '^a${2',
    '(.*)$1',
    '$1',
    '^orders$',
    '^A$|^B$',
    'com.acme.Outer$INNER',
    '[{"$group": {"doc": "$$ROOT"}}]',
    'DO $BODY$ BEGIN END $BODY$',
    'a\\\\$ONE',
    '{"a":{"b":{}}}',
  ])('%s is none', (value) => expect(found(value)).toEqual([]));
});

describe('a password that looks like a placeholder', () => {
  it.each(['$ecretHunter', '$HUNTER', '{{hunter}}', 'x{{hunter}}', 'x${hunter.two}'])(
    '%s is not shown',
    async (password) => {
      const findings = await check('postgres', { 'database.password': password }, { advice: true });
      const about = findings.find(({ rule }) => rule === 'unfilled-placeholder');
      expect(about?.message).toMatch(/^a (?:\$NAME|\{\{ name \}\}|\$\{name\}) in database\.password is sent unchanged/);
      expect(JSON.stringify(findings).toLowerCase()).not.toContain('hunter');
    },
  );

  it.each([
    ['database.password', 'x-$HUNTER'],
    ['driver.x', 'postgres://u:$HUNTER@h/d'],
  ])('is not one if it is only part of the value: %s=%s', async (key, value) => {
    const findings = await check('postgres', { [key]: value }, { advice: true });
    expect(findings.filter(({ rule }) => rule === 'unfilled-placeholder')).toEqual([]);
  });
});
