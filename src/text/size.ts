const SIZES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

/** `512MiB`, `10 GiB`, or bytes without a unit; undefined if the text is not a valid size. */
export function sizeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) *(B|KiB|MiB|GiB|TiB)?$/.exec(text.trim());
  return match ? Math.round(Number(match[1]) * SIZES[(match[2] ?? 'B') as keyof typeof SIZES]) : undefined;
}

/** Bytes with their unit: `12 B`, `1.5 MiB`. */
export function sizeText(bytes: number): string {
  const units = Object.keys(SIZES);
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
