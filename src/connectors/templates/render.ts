import type { Setting, Template } from './model.ts';
import { checkValues, type Values } from './values.ts';

export interface RenderedSetting {
  key: string;
  value: string;
  explain: string;
}

export interface RenderedSection {
  title: string;
  settings: RenderedSetting[];
}

/** A connector created from a template; references such as `${DB_PASSWORD}` stay unchanged. */
export interface RenderedConnector {
  template: string;
  summary: string;
  notes: string[];
  name: string;
  sections: RenderedSection[];
  /** Names of the `${NAME}` references that must be set for a deploy. */
  variables: string[];
}

const PLACEHOLDER = /\{\{([a-z0-9-]+)(?:\|([a-z]+))?\}\}/g;
const VARIABLE = /(?<!\$)\$\{([A-Z_][A-Z0-9_]*)\}/g;

const FILTERS: Record<string, (value: string) => string> = {
  /** A valid name for a PostgreSQL slot or publication: lower case, digits, underscores, at most 63. */
  identifier: (value) =>
    value
      .toLowerCase()
      .replace(/[^a-z0-9_]+/g, '_')
      .slice(0, 63),
  /** A number from 10,000 to about 2 billion, stable for a text and rarely the same for two (FNV-1a). */
  number: (value) => {
    let hash = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(value)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    return String(10_000 + (hash % 2_000_000_000));
  },
  /** Escaped for a regular expression. */
  regex: (value) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  /** A list of tables for Debezium's replica.identity.autoset.values. */
  identities: (value) =>
    value
      .split(',')
      .map((table) => `${table.trim()}:FULL`)
      .join(','),
};

/**
 * Fills values into a template.
 * @throws TEMPLATE_VALUES naming every missing, unknown and wrong placeholder.
 */
export function renderTemplate(template: Template, values: Values): RenderedConnector {
  checkValues(template, values);
  const lookUp = (name: string): string => {
    const given = values.get(name);
    if (given !== undefined && given !== '') return given;
    const fallback = template.placeholders[name]?.default;
    return fallback === undefined ? '' : fill(String(fallback));
  };
  const fill = (text: string): string =>
    text.replace(PLACEHOLDER, (_all, name: string, filter: string | undefined) => {
      if (!Object.hasOwn(template.placeholders, name)) throw new Error(`${template.name} has no placeholder ${name}`);
      const value = lookUp(name);
      if (filter === undefined) return value;
      const apply = FILTERS[filter];
      if (apply === undefined) throw new Error(`${template.name}: there is no filter ${filter}`);
      return apply(value);
    });
  const holds = ({ when }: Setting): boolean => {
    if (when === undefined) return true;
    const [name = '', wanted] = when.split('=', 2);
    return wanted === undefined ? lookUp(name) !== '' : lookUp(name) === wanted;
  };
  const sections = template.sections
    .map(({ title, settings }) => ({
      title,
      settings: settings
        .filter(holds)
        .map((setting) => ({ key: setting.key, value: fill(setting.value), explain: setting.explain })),
    }))
    .filter((section) => section.settings.length > 0);
  const variables = sections.flatMap((section) =>
    section.settings.flatMap((setting) => [...setting.value.matchAll(VARIABLE)].map((match) => match[1] ?? '')),
  );
  return {
    template: template.name,
    summary: template.summary,
    notes: template.notes,
    name: fill('{{name}}'),
    sections,
    variables: [...new Set(variables)].sort(),
  };
}

/** The connector's settings as Connect takes them. */
export function connectorConfig(connector: RenderedConnector): Record<string, string> {
  return Object.fromEntries(
    connector.sections.flatMap((section) => section.settings.map((setting) => [setting.key, setting.value])),
  );
}
