import type { ValidatePolicy } from '../config/project.ts';
import type { FixableFinding } from './validate.ts';

/** A finding as the project wants it, or undefined where it is off or silenced. */
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

/** Whether a comment on the finding's line, or alone on the line above, silences it; one without a reason does not. */
export function isSilenced(rule: string, line: string, above: string): boolean {
  return [line, /^\s*#/.test(above) ? above : ''].some((text) =>
    COMMENT.exec(text)?.[1]
      ?.split(',')
      .some((one) => one.trim() === rule),
  );
}
