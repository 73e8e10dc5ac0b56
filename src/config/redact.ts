/** Fixed length: the mask must not tell how long a secret is. */
export const MASK = '********';

const SECRET_NAME =
  /(^|[._-])(password|passwd|passphrase|pwd|secret|token|api[._-]?key|access[._-]?key|private[._-]?key|credential|credentials|sasl\.jaas\.config|salt)s?($|[._-])|basic\.auth\.user\.info|(^|[._-])connection\.string$/i;

/** True for keys whose name says that the value is a secret; PASSWORD-typed keys are known from the plugin's schema. */
export function isSecretName(key: string): boolean {
  return SECRET_NAME.test(key);
}

/** A value that only points at a secret (`${vault:…}`, `${NAME}`) may be shown: it is no secret itself. */
const REFERENCE_ONLY = /^\$\{[^}]+\}$/;

const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)([^\s/?#@]*):([^\s/?#]*)@/gi;
// In braces, as in JDBC URLs of SQL Server, a value may have any character.
const URL_PARAMETER =
  /([?&;]\s*(?:[a-z_.-]*(?:password|pwd|secret|token|passphrase)[a-z_.-]*)\s*=\s*)(\{(?:[^}]|\}\})*\}?|[^&;\s"']*)/gi;
const JAAS_OPTION = /\b((?:password|clientSecret|secret)\s*=\s*)("(?:[^"\\]|\\.)*"|'[^']*')/gi;
const NAME = String.raw`[\w.-]*(?:password|passwd|passphrase|secret|token|api[._-]?key|credentials?)[\w.-]*`;
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"|'[^']*'`;
// A bare `name: word` is prose ("database.password: must be set"); with quotes on either side it is JSON or YAML.
const KEY_VALUE = new RegExp(
  String.raw`((?:"${NAME}"|'${NAME}')\s*:\s*|${NAME}\s*=\s*)(${QUOTED}|[^\s,;}&"']+)|(${NAME}\s*:\s*)(${QUOTED})`,
  'gi',
);

/** What each of the three above needs somewhere: hardly any value has it. */
const MAY_HOLD_CREDENTIALS = /@|pass|pwd|secret|token/i;

/** Credentials inside one value (URLs, JDBC parameters, JAAS strings) masked, the rest kept readable. */
export function redactValue(value: string): string {
  if (!MAY_HOLD_CREDENTIALS.test(value)) return value;
  return value
    .replace(URL_CREDENTIALS, (_all, scheme: string, user: string) => `${scheme}${user}:${MASK}@`)
    .replace(URL_PARAMETER, (_all, name: string) => `${name}${MASK}`)
    .replace(JAAS_OPTION, (_all, name: string) => `${name}"${MASK}"`);
}

/** Free text (error messages, traces, bodies that echo a config): URLs and `name=value` pairs of secret names. */
export function redactText(text: string): string {
  return redactValue(text).replace(KEY_VALUE, (all: string, ...groups: (string | undefined)[]) => {
    const name = groups[0] ?? groups[2] ?? '';
    const value = groups[1] ?? groups[3] ?? '';
    if (value.startsWith('${')) return all;
    const quote = /^["']/.exec(value)?.[0] ?? '';
    return `${name}${quote}${MASK}${quote}`;
  });
}

/** Every string inside a value of any shape; keys that name a secret lose their value whole. */
export function redactTree<T>(value: T): T {
  if (typeof value === 'string') return redactText(value) as T;
  if (Array.isArray(value)) return value.map(redactTree) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      typeof item === 'string' ? redactText(redactEntry(key, item)) : redactTree(item),
    ]),
  ) as T;
}

/**
 * One connector key for display.
 * @param secretKeys keys that the plugin's own definition types PASSWORD
 */
export function redactEntry(key: string, value: string, secretKeys?: ReadonlySet<string>): string {
  if (REFERENCE_ONLY.test(value) || value === '') return value;
  if (secretKeys?.has(key) || isSecretName(key))
    return /connection\.string$/i.test(key) ? redactConnection(value) : MASK;
  return redactValue(value);
}

/** A connection string keeps its hosts, which an operator needs to see; one that is no URL is masked whole. */
function redactConnection(value: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? redactValue(value) : MASK;
}

export function redactConfig(
  config: Readonly<Record<string, string>>,
  secretKeys?: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, redactEntry(key, value, secretKeys)]));
}

/** The values that must never be shown of a configuration that was sent: an answer may echo them under any name. */
export function secretValues(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(config).flatMap(([key, value]) =>
    typeof value === 'string' && isSecretName(key) && value.length >= LEAST_SECRET && !REFERENCE_ONLY.test(value)
      ? [value]
      : [],
  );
}

/** Shorter values (`1`, `on`) would mask half of every sentence. */
const LEAST_SECRET = 4;

/** Free text with these very values masked, wherever they stand in it. */
export function redactKnown(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), redactText(text));
}
