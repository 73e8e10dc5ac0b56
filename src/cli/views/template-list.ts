import type { TemplateSummary } from '../../connectors/templates/model.ts';
import { wrapText } from '../../connectors/templates/wrap.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

export interface TemplateList {
  templates: TemplateSummary[];
}

const GAP = '  ';
const MIN_WIDTH = 30;
const INDENT = '    ';

/** @title sluice template list --json */
export type TemplateListDocument = WithWarnings<TemplateList>;

/** Does without renderTable: the text is plain ASCII, and loading the width functions costs 24 ms of start-up. */
export const templateListView: View<TemplateList, TemplateListDocument> = {
  table({ templates }, { color, width }) {
    const rows = templates.map(({ name, checked, summary }) => ({ name, checked: checked as string, summary }));
    const head = { name: 'NAME', checked: 'CHECKED', summary: 'SUMMARY' };
    const nameWidth = Math.max(...[head, ...rows].map((row) => row.name.length));
    const checkedWidth = Math.max(...[head, ...rows].map((row) => row.checked.length));
    const beside = nameWidth + checkedWidth + 2 * GAP.length;
    // On a narrow terminal, the summary is below the name.
    const below = width - beside < MIN_WIDTH;
    const indent = below ? INDENT.length : beside;
    return [head, ...rows]
      .flatMap((row, index) => {
        const summary = wrapText(row.summary, width - indent);
        const beside = below ? [] : summary.splice(0, 1);
        const line = [row.name.padEnd(nameWidth), row.checked.padEnd(checkedWidth), ...beside].join(GAP).trimEnd();
        return [index === 0 ? color.bold(line) : line, ...summary.map((more) => ' '.repeat(indent) + more)];
      })
      .join('\n');
  },
};
