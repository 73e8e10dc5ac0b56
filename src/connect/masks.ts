/**
 * True for a value that a worker (or a proxy before it) put in place of a secret. Apache Kafka Connect shows secrets in
 * clear; some distributions do not. Such a value is unknown: never a difference, and never to be written back.
 */
export function isMasked(value: string | undefined): boolean {
  return value !== undefined && /^(\*{3,}|\[?(hidden|masked|redacted)\]?)$/i.test(value.trim());
}

/** Keys of a live configuration whose values are masked. */
export function maskedKeys(config: Readonly<Record<string, string>>): string[] {
  return Object.keys(config).filter((key) => isMasked(config[key]));
}
