import type { Sample } from '../metrics/run/families.ts';

/** Numbers of findings by severity. */
export function findingSamples(
  name: 'sluice_validate_findings' | 'sluice_preflight_findings',
  { errors, warnings, notes }: { errors: number; warnings: number; notes: number },
): Sample[] {
  return Object.entries({ error: errors, warning: warnings, note: notes }).map(([severity, value]) => ({
    ...{ name, labels: { severity }, value },
  }));
}
