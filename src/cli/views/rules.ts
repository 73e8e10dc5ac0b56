import type { RuleDetails, RuleList } from '../../validate/rules/catalog.ts';
import type { View } from '../command.ts';
import type { Versioned } from '../document.ts';
import { renderTable } from '../table.ts';

/** @title sluice rules list --json */
export type RulesListDocument = Versioned<RuleList>;

export const rulesView: View<RuleList, RulesListDocument> = {
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

/** @title sluice rules show ID --json */
export type RulesShowDocument = Versioned<RuleDetails>;

export const ruleView: View<RuleDetails, RulesShowDocument> = {
  table({ id, severity, summary, reason, hints }, { color }) {
    return [
      `${color.bold(id)} (${severity})`,
      `${summary}. ${reason}`,
      ...hints.map((hint) => `  ${color.cyan('→')} ${hint}`),
      `To change its severity, in sluice.yaml: validate: { rules: { ${id}: off } } (or error, warning, note)`,
    ].join('\n');
  },
};
