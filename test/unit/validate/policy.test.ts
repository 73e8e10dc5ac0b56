import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { readText } from '../../../src/connectors/files.ts';
import { isSilenced } from '../../../src/validate/policy.ts';
import { allRules, showRule } from '../../../src/validate/rules.ts';
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
  it('has a section for every rule, with its severity, and none besides', () => {
    const sections = [...page.matchAll(/^### ([\w-]+)\n\n(\w+)\./gm)].map(([, id, severity]) => `${id} ${severity}`);
    const expected = allRules().map(({ id, severity }) => `${id} ${severity[0]?.toUpperCase()}${severity.slice(1)}`);
    expect(sections).toEqual(expected);
  });
});

describe('rules', () => {
  it('are shown with the nearest id where there is none', () => {
    expect(showRule('no-heartbeat').hints).toEqual(['Add heartbeat.interval.ms=10000.']);
    expect(() => showRule('no-hartbeat')).toThrowError(expect.objectContaining({ hint: 'Did you mean no-heartbeat?' }));
  });

  it('of every finding are registered', async () => {
    const known = new Set(allRules().map((rule) => rule.id));
    const sources = [
      'chains',
      'connector',
      'framework',
      'keys',
      'plugins',
      'together',
      'operator-rules',
      'replacements',
      'topic-names',
      'addresses',
      'table-lists',
      'sink-schemas',
      'names',
      'placeholders',
      'renames',
      'unknown-keys',
    ].map((name) => readFileSync(packagePath('src', 'validate', `${name}.ts`), 'utf8'));
    const shapes = [
      'kubernetes-yaml',
      'properties-source',
      'parse-source',
      'shape',
      'files',
      'paths',
      'json-source',
      'yaml-source',
    ].map((name) => readFileSync(packagePath('src', 'connectors', `${name}.ts`), 'utf8'));
    const used = [...sources, ...shapes].flatMap((text) =>
      [...text.matchAll(/rule: '([a-z-]+)'/g)].map(([, id]) => id),
    );
    for (const { class: name } of store.list()) {
      for (const rule of store.schema(name)?.['x-rules'] ?? []) used.push(rule.id);
    }
    expect([...new Set(used)].filter((id) => id !== undefined && !known.has(id))).toEqual([]);
  });
});
