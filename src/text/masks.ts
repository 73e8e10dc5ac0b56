import { MASK, redactEntry } from './redact.ts';

/** What no text has. */
const PROBE = 'q7Zr0kVxWm2';

/** Whether a value has sluice's own mask in place of a secret: in a URL, for example, copied from what sluice showed. */
export function holdsMask(key: string, value: string): boolean {
  return value.includes(MASK) && !redactEntry(key, value.replaceAll(MASK, PROBE)).includes(PROBE);
}

/**
 * True for a value with which a worker (or a proxy in front of it) replaced a secret. Apache Kafka Connect shows secrets in
 * clear text; some distributions do not. Such a value is unknown: never a difference, and never written back.
 */
export function isMasked(value: string | undefined): boolean {
  return value !== undefined && /^(\*{3,}|\[?(hidden|masked|redacted)\]?)$/i.test(value.trim());
}

/** Keys of a live configuration whose values are masked. */
export function maskedKeys(config: Readonly<Record<string, string>>): string[] {
  return Object.keys(config).filter((key) => isMasked(config[key]));
}
