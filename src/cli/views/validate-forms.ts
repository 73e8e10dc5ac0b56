import { createHash } from 'node:crypto';
import { place } from '../../connectors/files.ts';
import type { Finding } from '../../connectors/finding.ts';
import type { ValidateResult } from '../../validate/run.ts';

/**
 * Workflow commands, which GitHub Actions shows next to the lines of a pull request.
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function githubForm({ findings }: ValidateResult): string {
  return findings
    .map((finding) => {
      const { position, rule, severity } = finding;
      const level = severity === 'note' ? 'notice' : severity;
      const properties = [
        ['file', finding.file],
        ...(position
          ? [
              ['line', position.line],
              ['endLine', position.endLine],
              ['col', position.column],
              ['endColumn', position.endColumn],
            ]
          : []),
        ['title', rule],
      ];
      const list = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(',');
      return `::${level} ${list}::${escapeData(textOf(finding))}\n`;
    })
    .join('');
}

/** One line per finding, for `grep` and editors. */
export function compactForm({ findings }: ValidateResult): string {
  return findings
    .map(({ severity, rule, message, ...finding }) => {
      return `${place(finding)}: ${severity} ${rule} ${message.replaceAll(/\s*[\r\n]+\s*/g, ' ')}\n`;
    })
    .join('');
}

const GITLAB_SEVERITY = { error: 'major', warning: 'minor', note: 'info' } as const;

/**
 * A Code Quality report, which GitLab shows in a merge request.
 * @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function gitlabForm({ findings }: ValidateResult): string {
  const seen = new Map<string, number>();
  const report = findings.map((finding) => {
    const { rule, severity, file, position } = finding;
    const identity = identityOf(finding);
    // GitLab keeps only one finding per fingerprint.
    const count = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, count);
    return {
      description: lineOf(finding),
      check_name: rule,
      fingerprint: createHash('sha256')
        .update(count === 1 ? identity : `${identity}|${count}`)
        .digest('hex'),
      severity: GITLAB_SEVERITY[severity],
      location: { path: file.replace(/^(?:\.\/)+/, ''), lines: { begin: position?.line ?? 1 } },
    };
  });
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Stays the same when lines move: services use it to tell old findings from new ones. */
function identityOf({ rule, file, connector, key }: Finding): string {
  return [rule, file, connector ?? '', key ?? ''].join('|');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function textOf({ message, hint }: Finding): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

/** Message and hint as sentences on one line. */
function lineOf({ message, hint }: Finding): string {
  const end = hint === undefined || /[.!?]$/.test(message) ? '' : '.';
  return `${message}${end}${hint === undefined ? '' : ` ${hint}`}`.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}

/** Rule metadata for SARIF. */
export interface RuleText {
  id: string;
  severity: Finding['severity'];
  summary: string;
  reason: string;
}

/**
 * SARIF 2.1.0, as code scanning services read it.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifForm(rules: readonly RuleText[], version: string): (result: ValidateResult) => string {
  return ({ findings }) => {
    const used = new Set<string>(findings.map((finding) => finding.rule));
    const driver = {
      name: 'sluice',
      version,
      rules: rules
        .filter((rule) => used.has(rule.id))
        .map(({ id, severity, summary, reason }) => ({
          id,
          shortDescription: { text: summary },
          fullDescription: { text: reason },
          help: { text: `${summary}. ${reason} See docs/rules.md#${id}.` },
          defaultConfiguration: { level: severity },
        })),
    };
    const log = {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results: findings.map(sarifResult) }],
    };
    return `${JSON.stringify(log, null, 2)}\n`;
  };
}

function sarifResult(finding: Finding): object {
  const { rule, severity, file, position, connector } = finding;
  const region = position && {
    startLine: position.line,
    startColumn: position.column,
    endLine: position.endLine,
    endColumn: position.endColumn,
  };
  const logicalLocations = connector === undefined ? [] : [{ name: connector, kind: 'object' }];
  return {
    ruleId: rule,
    level: severity,
    message: { text: textOf(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
          ...(region ? { region } : {}),
        },
        ...(logicalLocations.length > 0 ? { logicalLocations } : {}),
      },
    ],
    partialFingerprints: { 'sluice/v1': identityOf(finding) },
  };
}

/** JUnit XML: one test case per file, failed if it has errors; warnings and notes go to its output. */
export function junitForm({ checked, findings, errors }: ValidateResult): string {
  const byFile = Map.groupBy(findings, (finding) => finding.file);
  const files = [...new Set([...checked, ...byFile.keys()])];
  const failures = files.filter((file) => byFile.get(file)?.some(({ severity }) => severity === 'error')).length;
  const cases = files.map((file) => testCase(file, byFile.get(file) ?? []));
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sluice validate" tests="${files.length}" failures="${failures}" errors="0">
  <testsuite name="connector files" tests="${files.length}" failures="${failures}" errors="0">
    <properties><property name="findings.errors" value="${errors}"/></properties>
${cases.join('\n')}
  </testsuite>
</testsuites>
`;
}

function testCase(file: string, findings: readonly Finding[]): string {
  const line = (finding: Finding) => {
    const at = finding.position ? `:${finding.position.line}:${finding.position.column}` : '';
    return `${file}${at}: ${finding.severity}: ${lineOf(finding)} [${finding.rule}]`;
  };
  const errors = findings.filter(({ severity }) => severity === 'error');
  const others = findings.filter(({ severity }) => severity !== 'error');
  const parts = [
    ...(errors.length > 0
      ? [
          `      <failure type="${xml(errors[0]?.rule ?? '')}" message="${xml(errors[0]?.message ?? '')}">${xml(errors.map(line).join('\n'))}</failure>`,
        ]
      : []),
    ...(others.length > 0 ? [`      <system-out>${xml(others.map(line).join('\n'))}</system-out>`] : []),
  ];
  const head = `    <testcase classname="connectors" name="${xml(file)}"`;
  return parts.length === 0 ? `${head}/>` : `${head}>\n${parts.join('\n')}\n    </testcase>`;
}

function xml(text: string): string {
  return (
    text
      // XML 1.0 does not allow control characters, not even escaped.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: intended
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '\uFFFD')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
