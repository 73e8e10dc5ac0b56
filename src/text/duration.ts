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
