import { own } from '../text/own.ts';
import { isMasked } from './masks.ts';
import type { ConnectorConfig } from './types.ts';

/** Whether two configurations are the same as far as can be known: Connect adds the name, and a mask tells nothing. */
export function sameConfig(a: ConnectorConfig, b: ConnectorConfig): boolean {
  return differingKeys(a, b).length === 0;
}

/** Keys whose values are known to differ. */
export function differingKeys(a: ConnectorConfig, b: ConnectorConfig): string[] {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  keys.delete('name');
  return [...keys].filter((key) => {
    const [one, other] = [own(a, key), own(b, key)];
    if (one === other) return false;
    return one === undefined || other === undefined || !(isMasked(one) || isMasked(other));
  });
}

/** Whether a worker has what was written; `unknown` where nothing but values that the worker masks could tell. */
export function holds(now: ConnectorConfig | undefined, wanted: ConnectorConfig): 'yes' | 'no' | 'unknown' {
  if (now === undefined || !sameConfig(now, wanted)) return 'no';
  return Object.keys(wanted).some((key) => now[key] !== wanted[key] && isMasked(now[key])) ? 'unknown' : 'yes';
}

/** As `holds`, of single keys; null for one that was removed. */
export function holdsPatch(
  now: ConnectorConfig,
  patch: Readonly<Record<string, string | null>>,
): 'yes' | 'no' | 'unknown' {
  let verdict: 'yes' | 'unknown' = 'yes';
  for (const [key, value] of Object.entries(patch)) {
    const there = own(now, key) ?? null;
    if (there === value) continue;
    if (value === null || !isMasked(there ?? undefined)) return 'no';
    verdict = 'unknown';
  }
  return verdict;
}
