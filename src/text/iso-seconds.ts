/** A time without its fraction of a second: `2026-01-10T12:00:00Z`. @param at ISO 8601, UTC; or ms since 1970 */
export function isoSeconds(at: string | number): string {
  return (typeof at === 'number' ? new Date(at).toISOString() : at).replace(/\.\d+Z$/, 'Z');
}
