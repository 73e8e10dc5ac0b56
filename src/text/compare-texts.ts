/** Orders two texts by code unit: the same on any machine, and without the locale's data, which takes Node 6 ms to load. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
