import { describe, expect, it } from 'vitest';
import { checkName } from '../../../../src/validate/rules/names.ts';
import type { RuleFinding } from '../../../../src/validate/rules/scope.ts';

function severities(name: string): string[] {
  const problems: RuleFinding[] = [];
  checkName({ name }, (problem) => void problems.push(problem));
  return problems.map(({ severity }) => severity);
}

describe('names of connectors', () => {
  it.each(['shop sink', 'größe.v1.', 'a;b,c', '日本語', '--all', '...', 'x?y#z&q=1', 'constructor'])(
    '%s can be used',
    (name) => expect(severities(name)).toEqual([]),
  );

  it.each(['trail ', ' lead', 'block\n', '50%off', 'back\\slash', '.', '..', 'a\tb', ' %'])('%j cannot', (name) =>
    expect(severities(name)).toEqual(['error']),
  );

  it('a slash is a warning: workers before Kafka 4.0 take it', () => expect(severities('a/b')).toEqual(['warning']));

  it.each(['a{b}', 'x}'])('%s is a warning: it is created, but the worker answers 500', (name) =>
    expect(severities(name)).toEqual(['warning']),
  );
});
