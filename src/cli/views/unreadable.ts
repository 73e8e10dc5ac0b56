import type { ErrorDocument } from '../../errors/error.ts';
import type { Style } from '../style.ts';

/** Connectors that are there and cannot be read. */
export function unreadableLines(
  unreadable: readonly { name: string; error: ErrorDocument }[],
  { color }: Style,
): string[] {
  const hints = new Set(unreadable.flatMap(({ error }) => (error.hint === undefined ? [] : [error.hint])));
  return [
    ...unreadable.map(({ error }) => `${color.red('✖')} ${error.message} ${color.dim(`[${error.code}]`)}`),
    ...[...hints].map((hint) => `  ${hint}`),
  ];
}
