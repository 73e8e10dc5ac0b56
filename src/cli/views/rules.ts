import type { RuleDetails, RuleList } from '../../validate/rules.ts';
import type { View } from '../command.ts';
import { renderTable } from '../table.ts';

export const rulesView: View<RuleList> = {
  table: ({ rules }, style) =>
    renderTable(
      [
        { header: 'rule', value: (rule) => rule.id },
        { header: 'severity', value: (rule) => rule.severity },
        { header: 'what', value: (rule) => rule.summary, wrap: true },
      ],
      rules,
      style,
    ),
};

export const ruleView: View<RuleDetails> = {
  table({ id, severity, summary, reason, hints }, { color }) {
    return [
      `${color.bold(id)} (${severity})`,
      `${summary}. ${reason}`,
      ...hints.map((hint) => `  ${color.cyan('→')} ${hint}`),
      `Set its severity, or silence a finding of it: docs/validate.md#severities-and-silence`,
    ].join('\n');
  },
};
