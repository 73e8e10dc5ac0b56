import { readFileSync } from 'node:fs';
import { packagePath } from '../../config/package-root.ts';
import type { RuleId, Severity } from '../../connectors/finding.ts';
import { SluiceError } from '../../errors/error.ts';
import type { Condition } from '../../schemas/plugin-schema.ts';
import { nearest } from '../../text/nearest.ts';

export type RuleGroup = 'files' | 'keys' | 'chains' | 'plugins' | 'together' | 'remote' | 'operation';

/** One kind of finding, as schemas/rules.json has it. */
export interface Rule {
  /** @asType string */
  id: RuleId;
  group: RuleGroup;
  /** The default; sluice.yaml may override it. */
  severity: Severity;
  summary: string;
  /** Why it matters. */
  reason: string;
  /** What an operator's rule checks. */
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

/** All rules, in the order of their groups. */
export function allRules(): readonly Rule[] {
  if (rules === undefined) {
    const text = readFileSync(packagePath('schemas', 'rules.json'), 'utf8');
    const byId = (JSON.parse(text) as { rules: Record<RuleId, Omit<Rule, 'id'>> }).rules;
    rules = Object.entries(byId).map(([id, rule]) => ({ id: id as RuleId, ...rule }));
  }
  return rules;
}

export interface RuleList {
  rules: Omit<Rule, 'checks'>[];
}

export interface RuleDetails extends Omit<Rule, 'checks'> {
  /** What to write instead, if the rule has a suggestion. */
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
  const suggestion = nearest(
    id,
    allRules().map((rule) => rule.id),
  );
  throw new SluiceError('RULE_UNKNOWN', `there is no rule "${id}"`, {
    hint: suggestion === undefined ? 'See them all with: sluice rules list' : `Did you mean ${suggestion}?`,
  });
}
