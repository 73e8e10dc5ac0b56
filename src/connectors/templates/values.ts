import { SluiceError } from '../../errors/error.ts';
import { nearest } from '../../text/nearest.ts';
import { holdsSecret } from '../../text/redact.ts';
import { setting } from '../../text/settings.ts';
import type { Placeholder, Template } from './model.ts';

/** Values of placeholders as given, by name. */
export type Values = ReadonlyMap<string, string>;

const REFERENCE = /^\$\{(?:[A-Z_][A-Z0-9_]*|[a-z][\w-]*:[^}]+)\}$/;
/** A reference with a default, which is not a place for a secret. */
const WITH_DEFAULT = /^\$\{[A-Z_][A-Z0-9_]*:-[^}]*\}$/;
const CONNECTOR_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

const CARRIES_PASSWORD = 'contains a password; give the user and a reference to the password separately';

interface Faults {
  missing: string[];
  unknown: { name: string; nearest?: string }[];
  invalid: { name: string; reason: string }[];
}

/**
 * `name=value` texts as a map; the value is everything after the first `=`.
 * @throws TEMPLATE_VALUES if one has no `=`, or a name is given twice.
 */
export function parseAssignments(texts: readonly string[]): Values {
  const values = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) {
      throw new SluiceError('TEMPLATE_VALUES', `${setting('set')} expects name=value; one has no name or no "="`, {
        hint: `Write it as ${setting('set', 'host=db.example.com')}.`,
      });
    }
    const name = text.slice(0, equals).trim();
    if (values.has(name)) {
      throw new SluiceError('TEMPLATE_VALUES', `the placeholder ${name} is set twice`, {
        hint: `Give each placeholder once.`,
        details: { name },
      });
    }
    values.set(name, text.slice(equals + 1));
  }
  return values;
}

/**
 * Checks all given values against the template.
 * @throws TEMPLATE_VALUES with every missing, unknown and invalid placeholder, but never their values.
 */
export function checkValues(template: Template, values: Values): void {
  const faults: Faults = { missing: [], unknown: [], invalid: [] };
  const known = Object.keys(template.placeholders);
  for (const name of values.keys()) {
    if (Object.hasOwn(template.placeholders, name)) continue;
    const near = nearest(name, known);
    faults.unknown.push({ name, ...(near === undefined ? {} : { nearest: near }) });
  }
  for (const [name, placeholder] of Object.entries(template.placeholders)) {
    const value = values.get(name);
    if (value === undefined || value === '') {
      if (placeholder.required) faults.missing.push(name);
      continue;
    }
    const reason = reasonAgainst(value, placeholder);
    if (reason !== undefined) faults.invalid.push({ name, reason });
  }
  if (faults.missing.length + faults.unknown.length + faults.invalid.length === 0) return;
  throw new SluiceError('TEMPLATE_VALUES', `template ${template.name}: ${describeFaults(faults)}`, {
    hint: `See its placeholders: sluice template show ${template.name}`,
    details: { template: template.name, ...faults },
  });
}

function describeFaults({ missing, unknown, invalid }: Faults): string {
  const parts: string[] = [];
  if (missing.length > 0) parts.push(`missing: ${missing.join(', ')}`);
  if (unknown.length > 0) {
    const names = unknown.map((one) =>
      one.nearest === undefined ? one.name : `${one.name} (did you mean ${one.nearest}?)`,
    );
    parts.push(`unknown: ${names.join(', ')}`);
  }
  parts.push(...invalid.map((one) => `${one.name} ${one.reason}`));
  return parts.join('; ');
}

/** Why a value is invalid, or undefined if it is valid. */
function reasonAgainst(value: string, placeholder: Placeholder): string | undefined {
  if (placeholder.type === 'secret') {
    return REFERENCE.test(value)
      ? undefined
      : 'must be a reference such as ${DB_PASSWORD} (single quotes keep the shell from reading it), never the secret itself';
  }
  if (placeholder.type === 'name') {
    return CONNECTOR_NAME.test(value) ? undefined : 'must be letters, digits, dots, dashes and underscores';
  }
  // The value of a reference is known only in a deploy.
  if (REFERENCE.test(value)) return undefined;
  if (WITH_DEFAULT.test(value)) return holdsSecret(value) ? CARRIES_PASSWORD : undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a control character in a setting is what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value)) return 'must be one line of text';
  if (placeholder.values !== undefined && !placeholder.values.includes(value)) {
    return `must be one of ${placeholder.values.join(', ')}`;
  }
  if (placeholder.type === 'boolean') return /^(true|false)$/.test(value) ? undefined : 'must be true or false';
  if (placeholder.type === 'integer') return reasonAgainstInteger(value, placeholder);
  if (placeholder.pattern !== undefined && !new RegExp(`^(?:${placeholder.pattern})$`).test(value)) {
    return `must match ${placeholder.pattern}`;
  }
  if (holdsSecret(value)) return CARRIES_PASSWORD;
  return undefined;
}

function reasonAgainstInteger(value: string, { min, max }: Placeholder): string | undefined {
  if (!/^-?\d{1,15}$/.test(value)) return 'must be a whole number';
  if (min !== undefined && Number(value) < min) return `must be at least ${min}`;
  if (max !== undefined && Number(value) > max) return `must be at most ${max}`;
  return undefined;
}
