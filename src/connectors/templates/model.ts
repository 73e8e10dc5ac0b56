/** How far a template was tried: run against a real database, accepted by a real worker only, or from documents only. */
export type Checked = 'run' | 'validated' | 'documentation';

export interface TemplateSummary {
  name: string;
  kind: 'source' | 'sink';
  /** The plugin and version that the template was written for. */
  plugin: string;
  checked: Checked;
  summary: string;
}

/** `secret` takes a reference only; `name` is a connector's name. */
export type PlaceholderType = 'string' | 'integer' | 'boolean' | 'name' | 'secret';

export interface Placeholder {
  type: PlaceholderType;
  description: string;
  required?: boolean;
  /** May refer to other placeholders, as a setting's value may. */
  default?: string | number | boolean;
  example?: string;
  values?: string[];
  min?: number;
  max?: number;
  /** Regular expression that the whole value must match. */
  pattern?: string;
}

export interface Setting {
  key: string;
  /** Text with `{{placeholder}}` or `{{placeholder|filter}}` in it. */
  value: string;
  explain: string;
  /** `placeholder` (is given) or `placeholder=value`; the setting is left out where it does not hold. */
  when?: string;
}

export interface Section {
  title: string;
  settings: Setting[];
}

export interface Template extends TemplateSummary {
  class: string;
  description: string;
  notes: string[];
  placeholders: Record<string, Placeholder>;
  sections: Section[];
}
