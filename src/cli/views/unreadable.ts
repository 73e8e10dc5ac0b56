import type { ErrorDocument } from '../../errors/error.ts';
import type { Style } from '../style.ts';

/** Connectors that exist but cannot be read. */
export function unreadableLines(unreadable: readonly { error: ErrorDocument }[], { color }: Style): string[] {
  const hints = new Set(unreadable.flatMap(({ error }) => (error.hint === undefined ? [] : [error.hint])));
  return [
    ...unreadable.map(({ error }) => `${color.red('✖')} ${error.message} ${color.dim(`[${error.code}]`)}`),
    ...[...hints].map((hint) => `  ${hint}`),
  ];
}

/** Broken files, each with what to do; a hint that applies to several is shown once. */
export function brokenLines(broken: readonly { error: ErrorDocument }[], { color }: Style): string[] {
  const shown = new Set<string>();
  return broken.flatMap(({ error: { message, code, hint } }) => {
    const repeated = hint === undefined || shown.has(hint);
    if (hint !== undefined) shown.add(hint);
    return [`${color.red('✖')} ${message} ${color.dim(`[${code}]`)}`, ...(repeated ? [] : [`  ${hint}`])];
  });
}

/** For a summary; empty if no file has errors. */
export function brokenCount(broken: readonly object[]): string[] {
  if (broken.length === 0) return [];
  return [broken.length === 1 ? '1 file has errors' : `${broken.length} files have errors`];
}
