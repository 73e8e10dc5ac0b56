import { thousands } from './thousands.ts';

/** `1,234.5 records`, `1 error`: rounded to a tenth. @param noun in the singular */
export function counted(value: number, noun: string): string {
  const shown = tenths(value);
  return `${thousands(shown)} ${noun}${shown === 1 ? '' : 's'}`;
}

/** Rounded to a tenth. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
