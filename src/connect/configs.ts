import { isMasked } from '../text/masks.ts';
import { own } from '../text/own.ts';
import type { ConnectorConfig } from './types.ts';

/** Whether two configurations show no difference: Connect adds `name`, and masks hide values. */
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

/** Whether a worker has what was written; `unknown` if only masked values could tell. */
export function holds(now: ConnectorConfig | undefined, wanted: ConnectorConfig): 'yes' | 'no' | 'unknown' {
  if (now === undefined || !sameConfig(now, wanted)) return 'no';
  return Object.keys(wanted).some((key) => now[key] !== wanted[key] && isMasked(now[key])) ? 'unknown' : 'yes';
}

/** Like `holds`, for single keys; null for a removed one. */
export function holdsPatch(
  now: ConnectorConfig,
  patch: Readonly<Record<string, string | null>>,
): 'yes' | 'no' | 'unknown' {
  let verdict: 'yes' | 'unknown' = 'yes';
  for (const [key, value] of Object.entries(patch)) {
    const current = own(now, key) ?? null;
    if (current === value) continue;
    if (value === null || !isMasked(current ?? undefined)) return 'no';
    verdict = 'unknown';
  }
  return verdict;
}
