import { readFileSync } from 'node:fs';
import { packagePath } from '../config/package-root.ts';
import type { Severity } from '../connectors/finding.ts';
import { SluiceError } from '../errors/error.ts';
import { nearest } from '../errors/nearest.ts';
import type { Condition } from '../schemas/plugin-schema.ts';

export type RuleGroup = 'files' | 'keys' | 'chains' | 'plugins' | 'together' | 'remote' | 'operation';

/** One kind of finding, as schemas/rules.json has it. */
export interface Rule {
  id: string;
  group: RuleGroup;
  /** Unless sluice.yaml says otherwise. */
  severity: Severity;
  summary: string;
  /** Why it matters. */
  reason: string;
  /** Of an operator's rule: what it looks for. */
  checks?: RuleCheck[];
}

export interface RuleCheck {
  /** Class names, or `@source`, `@sink`, `@connector`. */
  classes: string[];
  when: Condition[];
  at: string;
  message: string;
  hint: string;
}

let rules: Rule[] | undefined;

/** Every rule there is, in the order of its groups. */
export function allRules(): readonly Rule[] {
  rules ??= (JSON.parse(readFileSync(packagePath('schemas', 'rules.json'), 'utf8')) as { rules: Rule[] }).rules;
  return rules;
}

export interface RuleList {
  rules: Omit<Rule, 'checks'>[];
}

export interface RuleDetails extends Omit<Rule, 'checks'> {
  /** What to write instead, where the rule itself knows. */
  hints: string[];
}

export function listRules(): RuleList {
  return { rules: allRules().map(({ checks: _checks, ...rule }) => rule) };
}

/** @throws RULE_UNKNOWN with the nearest id. */
export function showRule(id: string): RuleDetails {
  const found = allRules().find((rule) => rule.id === id);
  if (found) {
    const { checks = [], ...rule } = found;
    return { ...rule, hints: [...new Set(checks.map((check) => check.hint))] };
  }
  const meant = nearest(
    id,
    allRules().map((rule) => rule.id),
  );
  throw new SluiceError('RULE_UNKNOWN', `there is no rule "${id}"`, {
    hint: meant === undefined ? 'See them all with: sluice rules list' : `Did you mean ${meant}?`,
  });
}
