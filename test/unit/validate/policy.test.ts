import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { readText } from '../../../src/connectors/files.ts';
import { isSilenced } from '../../../src/validate/policy.ts';
import { allRules, showRule } from '../../../src/validate/rules/catalog.ts';
import { validateConnectors } from '../../../src/validate/validate.ts';
import { check, store } from './check.ts';

describe("the project's word on rules", () => {
  const idle = { 'tasks.max': '3' };
  it.each([
    ['a severity', { rules: { 'idle-tasks': 'error' } }, ['error']],
    ['off', { rules: { 'idle-tasks': 'off' } }, []],
    ['a silence', { silence: [{ rule: 'idle-tasks', reason: 'x' }] }, []],
    [
      'a silence of this connector and key',
      { silence: [{ rule: 'idle-tasks', connector: 'one', key: 'tasks.max', reason: 'x' }] },
      [],
    ],
    [
      'a silence of another connector',
      { silence: [{ rule: 'idle-tasks', connector: 'two', reason: 'x' }] },
      ['warning'],
    ],
    ['a silence of another rule', { silence: [{ rule: 'unknown-key', reason: 'x' }] }, ['warning']],
  ] as const)('%s', async (_what, policy, severities) => {
    const findings = await check('postgres', idle, { policy: policy as never });
    expect(findings.map(({ severity }) => severity)).toEqual(severities);
  });
});

describe('comments', () => {
  it.each([
    ['tasks.max: 5 # sluice-ignore idle-tasks: shared', '', true],
    ['tasks.max: 5', '  # sluice-ignore idle-tasks: shared', true],
    ['tasks.max: 5', '# sluice-ignore unknown-key, idle-tasks: shared', true],
    ['tasks.max: 5 # sluice-ignore idle-tasks', '', false],
    ['tasks.max: 5 # sluice-ignore idle-tasks:', '', false],
    ['tasks.max: 5 # sluice-ignore unknown-key: x', '', false],
    ['tasks.max: 5', 'a: b # sluice-ignore idle-tasks: only for a', false],
  ])('%s / %s', (line, above, silenced) => {
    expect(isSilenced('idle-tasks', line, above)).toBe(silenced);
  });

  it('silence a finding in YAML', async () => {
    const yaml = (comment: string) => `name: a
connector.class: FileStreamSource
topic: t
# ${comment}
toppic: x
`;
    for (const [comment, found] of [
      ['sluice-ignore unknown-key: read by our own transform', 0],
      ['nothing to see', 1],
    ] as const) {
      const { connectors } = await readText(yaml(comment), { file: 'a.yaml', origin: 'named' }, { environment: {} });
      expect(await validateConnectors(connectors, store)).toHaveLength(found);
    }
  });
});

describe('docs/rules.md', () => {
  const page = readFileSync(packagePath('docs', 'rules.md'), 'utf8');
  it('has exactly one section per rule, with its severity', () => {
    const sections = [...page.matchAll(/^### ([\w-]+)\n\n(\w+)\./gm)].map(([, id, severity]) => `${id} ${severity}`);
    const expected = allRules().map(({ id, severity }) => `${id} ${severity[0]?.toUpperCase()}${severity.slice(1)}`);
    expect(sections).toEqual(expected);
  });
});

describe('rules', () => {
  it('suggest the nearest id for an unknown one', () => {
    expect(showRule('no-heartbeat').hints).toEqual(['Add heartbeat.interval.ms=10000.']);
    expect(() => showRule('no-hartbeat')).toThrowError(expect.objectContaining({ hint: 'Did you mean no-heartbeat?' }));
  });

  it("of the plugins' schemas are registered; those of the code are held by their type", async () => {
    const known = new Set<string>(allRules().map((rule) => rule.id));
    const used = store.list().flatMap(({ class: name }) => (store.schema(name)?.['x-rules'] ?? []).map(({ id }) => id));
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter((id) => !known.has(id))).toEqual([]);
  });
});
