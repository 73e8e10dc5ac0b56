const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `500ms`, `30s`, `2m`, `1h` in milliseconds; undefined if the text is not a valid duration. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : undefined;
}

/** Milliseconds as `durationMs` reads them, in the largest unit without a fraction: `90s`, `2m`. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, size_]) => ms !== 0 && ms % size_ === 0) ?? ['s', 1000];
  return `${ms / size}${unit}`;
}

const SPANS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** How long something has lasted, for a reader: in its two largest units, `1h 5m`. */
export function spanText(ms: number): string {
  if (ms < 1000) return durationText(Math.round(ms));
  const largest = SPANS.findIndex(([, size]) => ms >= size);
  let left = ms;
  const parts = SPANS.slice(largest, largest + 2).map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}
