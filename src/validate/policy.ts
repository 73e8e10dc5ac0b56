import type { ValidatePolicy } from '../config/project.ts';
import type { FixableFinding } from './rules/scope.ts';

/** A finding with the project's severity, or undefined if it is off or silenced. */
export function applyPolicy(finding: FixableFinding, policy: ValidatePolicy): FixableFinding | undefined {
  const severity = policy.rules?.[finding.rule] ?? finding.severity;
  if (severity === 'off') return undefined;
  const silenced = policy.silence?.some(
    ({ rule, connector, key }) =>
      rule === finding.rule &&
      (connector === undefined || connector === finding.connector) &&
      (key === undefined || key === finding.key),
  );
  if (silenced) return undefined;
  return severity === finding.severity ? finding : { ...finding, severity };
}

const COMMENT = /(?:^|\s)#\s*sluice-ignore\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*:\s*\S/;

/** Cached for the last line: all findings of a file may be on one line. */
let last: { text: string; rules: readonly string[] } = { text: '', rules: [] };

/** Whether a comment on the finding's line, or alone on the line above, silences it; one without a reason does not. */
export function isSilenced(rule: string, line: string, above: string): boolean {
  if (line !== last.text) last = { text: line, rules: silencedBy(line) };
  return last.rules.includes(rule) || (/^\s*#/.test(above) && silencedBy(above).includes(rule));
}

function silencedBy(text: string): string[] {
  // The expression is much slower, and rarely finds anything.
  const found = text.includes('sluice-ignore') ? COMMENT.exec(text)?.[1] : undefined;
  return found?.split(',').map((one) => one.trim()) ?? [];
}
