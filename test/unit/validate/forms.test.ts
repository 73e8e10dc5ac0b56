import { describe, expect, it } from 'vitest';
import { compactForm, githubForm, gitlabForm, junitForm, sarifForm } from '../../../src/cli/views/validate-forms.ts';
import { listRules } from '../../../src/validate/rules/catalog.ts';
import type { ValidateResult } from '../../../src/validate/run.ts';

const result: ValidateResult = {
  files: 3,
  connectors: 3,
  errors: 1,
  warnings: 1,
  notes: 1,
  fixed: [],
  checked: ['a b.json', 'b.json', 'c.json'],
  findings: [
    {
      rule: 'invalid-value',
      severity: 'error',
      message: 'x cannot be "<100%>"',
      hint: 'Allowed: a, b.',
      file: 'a b.json',
      connector: 'orders',
      key: 'x',
      position: { line: 3, column: 5, endLine: 3, endColumn: 8 },
    },
    { rule: 'unknown-key', severity: 'warning', message: 'y is unknown', file: 'a b.json' },
    { rule: 'default-slot', severity: 'note', message: 'z', file: 'b.json' },
  ],
};

describe('-o github', () => {
  it('writes a workflow command a finding, escaped', () => {
    expect(githubForm(result).split('\n')).toEqual([
      '::error file=a b.json,line=3,endLine=3,col=5,endColumn=8,title=invalid-value::x cannot be "<100%25>"%0AAllowed: a, b.',
      '::warning file=a b.json,title=unknown-key::y is unknown',
      '::notice file=b.json,title=default-slot::z',
      '',
    ]);
  });
});

describe('-o compact', () => {
  it('writes a line a finding', () => {
    expect(compactForm(result).split('\n')).toEqual([
      'a b.json:3:5: error invalid-value x cannot be "<100%>"',
      'a b.json: warning unknown-key y is unknown',
      'b.json: note default-slot z',
      '',
    ]);
  });
});

describe('-o gitlab', () => {
  const twice: ValidateResult = { ...result, findings: [...result.findings, ...result.findings.slice(1, 2)] };
  const report = JSON.parse(gitlabForm(twice)) as { fingerprint: string; severity: string }[];
  it('has rule, severity and place', () => {
    expect(report[0]).toEqual({
      description: 'x cannot be "<100%>". Allowed: a, b.',
      check_name: 'invalid-value',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      severity: 'major',
      location: { path: 'a b.json', lines: { begin: 3 } },
    });
    expect(report.map(({ severity }) => severity)).toEqual(['major', 'minor', 'info', 'minor']);
  });

  it('tells findings apart, and knows them again on another line', () => {
    const fingerprints = report.map(({ fingerprint }) => fingerprint);
    expect(new Set(fingerprints).size).toBe(4);
    const moved = twice.findings.map((finding) => ({
      ...finding,
      message: 'other',
      position: { line: 9, column: 1, endLine: 9, endColumn: 2 },
    }));
    const again = JSON.parse(gitlabForm({ ...twice, findings: moved })) as { fingerprint: string }[];
    expect(again.map(({ fingerprint }) => fingerprint)).toEqual(fingerprints);
  });
});

describe('-o sarif', () => {
  const log = JSON.parse(sarifForm(listRules().rules, '1.2.3')(result));
  it('is SARIF 2.1.0 with the rules that were broken', () => {
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs;
    expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id).sort()).toEqual([
      'default-slot',
      'invalid-value',
      'unknown-key',
    ]);
    expect(run.results.map((one: { level: string }) => one.level)).toEqual(['error', 'warning', 'note']);
  });

  it('has the place of a finding, and a fingerprint without it', () => {
    const [first, second] = log.runs[0].results;
    expect(first.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'a%20b.json' },
      region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 8 },
    });
    expect(first.partialFingerprints['sluice/v1']).toBe('invalid-value|a b.json|orders|x');
    expect(second.locations[0].physicalLocation).not.toHaveProperty('region');
  });
});

describe('-o junit', () => {
  it('has a case a file: failed by errors, warnings in its output', () => {
    const text = junitForm(result);
    expect(text).toContain('tests="3" failures="1"');
    expect(text).toContain(
      '<failure type="invalid-value" message="x cannot be &quot;&lt;100%&gt;&quot;">a b.json:3:5: error: x cannot be &quot;&lt;100%&gt;&quot;. Allowed: a, b. [invalid-value]</failure>',
    );
    expect(text).toContain('<system-out>a b.json: warning: y is unknown [unknown-key]</system-out>');
    expect(text).toContain('<testcase classname="connectors" name="c.json"/>');
  });
});
