import type { Integer } from '../../text/numbers.ts';
/** How a template was tested: run against a real database, accepted by a real worker, or from documentation only. */
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

/** @pattern ^[a-z][a-z0-9-]*$ */
export type PlaceholderName = string;

export interface Placeholder {
  type: PlaceholderType;
  description: string;
  required?: boolean;
  /** May refer to other placeholders, as a setting's value may. */
  default?: string | Integer | boolean;
  example?: string;
  values?: string[];
  min?: Integer;
  max?: Integer;
  /** Regular expression that the whole value must match. */
  pattern?: string;
}

export interface Setting {
  key: string;
  /** Text with `{{placeholder}}` or `{{placeholder|filter}}` in it. */
  value: string;
  /** @minLength 1 */
  explain: string;
  /** `placeholder` (is given) or `placeholder=value`; the setting is omitted if this does not hold. */
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
  placeholders: Record<PlaceholderName, Placeholder>;
  sections: Section[];
}
