import { plainNumber } from './exact-json.ts';
import { base64Of, bytesOf, encodedPlacesOf, placesOf } from './known-forms.ts';
import { BEFORE, MASK, mask, masked, type Span } from './redaction/mask.ts';
import { CONNECTION_STRING, Scanner } from './redaction/scanner.ts';
import { isSecretName } from './secret-names.ts';

export { MASK, mask, type Span } from './redaction/mask.ts';

/**
 * Masks every credential in any text: a configuration value, an error message, a trace, a body that echoes a
 * configuration. Linear in the text's length.
 *
 * Masks passwords in URLs (with any characters), values of secret names (`password=…`, `"apiKey": …`, in query parameters,
 * JDBC's `;password={…}`, JAAS and Java maps, `password => "…"`, YAML's `password: |`, all also in JSON inside JSON), private keys
 * in PEM, and what follows `Basic` and `Bearer`.
 */
export function redactText(text: string): string {
  const scanner = new Scanner(text, false);
  return masked(text, scanner.units, scanner.scan());
}

/**
 * The positions of credentials in a text, in order.
 * @param whole the text is one value, not a sentence: a URL in it may contain spaces
 */
export function secretSpans(text: string, whole = false): Span[] {
  if (text.length < SHORT && !MAY_HOLD_SECRET.test(text)) return [];
  const bounds = new Scanner(text, whole).scan();
  const spans = Array.from({ length: bounds.length / 2 }, (_none, at) => ({
    start: (bounds[2 * at] ?? 0) - BEFORE.length,
    end: (bounds[2 * at + 1] ?? 0) - BEFORE.length,
  }));
  return whole && spans.length === 0 ? withoutScheme(text) : spans;
}

/** Without any of these the scanner finds nothing; most values of a configuration have none. */
const MAY_HOLD_SECRET = /[=:"'>]|-----B|(?:basic|bearer)[ \t]|Invalid value /i;
const SHORT = 1000;

/** A URL without its scheme, where a host is expected: `user:password@host:5432/db`. */
const WITHOUT_SCHEME =
  /^(?!(?:jdbc|oracle|mailto|urn|arn|user|group):)[\w.+%-]{1,100}:(?![/$])(\S+)@[\w.-]{1,253}(?::\d{1,5})?(?:[/?,;]\S*)?$/i;

function withoutScheme(text: string): Span[] {
  const value = text.trim();
  const password = value.includes('@') ? WITHOUT_SCHEME.exec(value)?.[1] : undefined;
  if (password === undefined) return [];
  const start = text.indexOf(value) + value.indexOf(':') + 1;
  return [{ start, end: start + password.length }];
}

/** A reference to a secret (`${vault:…}`, `${NAME}`) may be shown, unless it contains a text, such as a default. */
export const REFERENCE_ONLY = /^\$\{(?![^}:]*:-|[A-Z_][A-Z0-9_]*:?[-=?+])[^}]+\}$/;

/** One key of a configuration for display. @param isSecret decides by key; by default by its name */
export function redactEntry(key: string, value: string, isSecret: (key: string) => boolean = isSecretName): string {
  if (REFERENCE_ONLY.test(value) || value === '') return value;
  if (!isSecret(key)) return redactValue(value);
  // A connection string keeps its hosts, which operators need to see; any other form is masked completely.
  const hasHosts = isHostList(key, value) || (CONNECTION_STRING.test(key) && URL_BEGINS.test(value));
  return hasHosts ? redactText(redactValue(value)) : MASK;
}

const URL_BEGINS = /^[a-z][a-z0-9+.-]*:\/\//i;
/** `rs0/a:27017,b:27017`, an old format of MongoDB's connectors: servers only. */
const HOSTS = /^(?:[\w-]+\/)?[a-z0-9][\w.-]*:\d{1,5}(?:,[a-z0-9][\w.-]*:\d{1,5})*$/i;

/** Whether a connection string, which may contain a password, is only a list of servers. */
export function isHostList(key: string, value: string): boolean {
  return CONNECTION_STRING.test(key) && HOSTS.test(value.trim());
}

/** Masks all strings in a value of any shape; values of secret keys are masked completely. */
export function redactTree<T>(value: T): T {
  if (typeof value === 'string') return redactText(value) as T;
  if (Array.isArray(value)) return value.map(redactTree) as T;
  // A number that `parseExact` kept as text counts as one.
  if (value === null || typeof value !== 'object' || plainNumber(value) !== value) return value;
  const { name, key: other } = value as { name?: unknown; key?: unknown };
  // `{ name: 'database.password', value: … }`
  const named = [name, other].find((one) => typeof one === 'string' && isSecretName(one)) as string | undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' ? redactEntry(key === 'value' ? (named ?? key) : key, item) : redactTree(item),
    ]),
  ) as T;
}

/** Shorter values (`1`, `on`) would mask parts of every sentence. */
const MIN_SECRET = 4;

/** One value, of any key: unlike in a sentence, a URL in it may contain spaces. */
export function redactValue(value: string): string {
  return mask(value, secretSpans(value, true));
}

/** Whether a value contains credentials, regardless of its key. */
export function holdsSecret(value: string): boolean {
  return secretSpans(value, true).length > 0;
}

/** The secrets within a value that is not itself one, such as the password in a URL. */
export function secretParts(value: string): string[] {
  return secretSpans(value, true).map(({ start, end }) => value.slice(start, end));
}

/**
 * The values of a configuration that must not be shown in responses, which may echo them under any name. Excludes a value
 * that is also used in clear text, such as a password that equals the user's name: the two cannot be distinguished.
 */
export function secretValues(
  config: Readonly<Record<string, unknown>>,
  isSecret: (key: string) => boolean = isSecretName,
): string[] {
  const secret = new Set<string>();
  const plain = new Set<string>();
  for (const [key, value] of Object.entries(config)) {
    if (typeof value !== 'string' || REFERENCE_ONLY.test(value)) continue;
    if (isSecret(key)) secret.add(value);
    else {
      plain.add(value);
      for (const part of secretParts(value)) secret.add(part);
    }
  }
  return [...secret.difference(plain)].filter((value) => value.length >= MIN_SECRET);
}

/** Text from elsewhere with these values masked, in any form: see known-forms.ts. */
export function redactKnown(text: string, secrets: Iterable<string>): string {
  let masked = text;
  // A secret may be part of another secret.
  for (const secret of [...new Set(secrets)]
    .filter((one) => one.length >= MIN_SECRET)
    .sort((a, b) => b.length - a.length)) {
    for (const form of new Set([
      secret,
      ...(secret.trim().length < MIN_SECRET ? [] : [secret.trim()]),
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      ...base64Of(secret),
      bytesOf(secret),
    ]))
      masked = masked.replaceAll(form, MASK);
    masked = mask(masked, [...placesOf(secret, masked)]);
    masked = mask(masked, [...encodedPlacesOf(secret, masked)]);
  }
  return redactText(masked);
}
