import type { Checked, Placeholder, Setting, Template } from '../../connectors/templates/model.ts';
import { wrapText } from '../../connectors/templates/wrap.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';

const CHECKED: Record<Checked, string> = {
  run: 'Run against a real database by this project’s tests.',
  validated: 'Accepted by a real Connect worker; not run against a database.',
  documentation: 'From documentation only; not run.',
};

/** @title sluice template show --json */
export type TemplateShowDocument = WithWarnings<Template>;

export const templateShowView: View<Template, TemplateShowDocument> = {
  table(template, style) {
    const { color } = style;
    const lines = [
      `${color.bold(template.name)}  ${template.plugin}`,
      color.dim(template.class),
      '',
      ...wrapText(template.description, style.width),
      '',
      CHECKED[template.checked],
      ...template.notes.flatMap((note) => hanging(note, style, '- ')),
      '',
      color.bold('Placeholders'),
      ...Object.entries(template.placeholders)
        // Stable: the required ones first, each group in the template's order.
        .sort(([, a], [, b]) => Number(b.required ?? false) - Number(a.required ?? false))
        .flatMap(([name, placeholder]) => placeholderLines(name, placeholder, style)),
    ];
    for (const section of template.sections) {
      lines.push('', color.bold(section.title));
      for (const setting of section.settings) lines.push(...settingLines(setting, style));
    }
    const required = Object.entries(template.placeholders).filter(([, placeholder]) => placeholder.required);
    const sets = required.map(([name, { example }]) => `  --set '${name}=${example ?? '…'}'`);
    lines.push('', color.bold('Example'), [`sluice template render ${template.name}`, ...sets].join(' \\\n'));
    return lines.join('\n');
  },
};

function placeholderLines(name: string, placeholder: Placeholder, style: Style): string[] {
  const facts = [
    placeholder.required
      ? 'required'
      : placeholder.default === undefined
        ? 'optional'
        : `default ${placeholder.default}`,
    placeholder.type === 'string' || placeholder.type === 'name' ? '' : placeholder.type,
    placeholder.values === undefined ? '' : `one of ${placeholder.values.join(', ')}`,
    placeholder.example === undefined ? '' : `such as ${placeholder.example}`,
  ].filter((fact) => fact !== '');
  return [
    `  ${style.color.cyan(name)}  ${style.color.dim(facts.join('; '))}`,
    ...hanging(placeholder.description, style, '    '),
  ];
}

function settingLines(setting: Setting, style: Style): string[] {
  const condition = setting.when === undefined ? '' : style.color.dim(`  (with ${setting.when})`);
  return [
    `  ${style.color.cyan(setting.key)} = ${setting.value}${condition}`,
    ...hanging(setting.explain, style, '    '),
  ];
}

function hanging(text: string, style: Style, first: string): string[] {
  return wrapText(text, style.width - first.length).map(
    (line, index) => (index === 0 ? first : ' '.repeat(first.length)) + line,
  );
}
