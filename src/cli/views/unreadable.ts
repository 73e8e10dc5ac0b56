import { type ErrorDocument, partialExit } from '../../errors/error.ts';
import type { ExitCode } from '../../errors/registry.ts';
import type { Style } from '../style.ts';

/** Connectors that exist but cannot be read. */
export function unreadableLines(unreadable: readonly { error: ErrorDocument }[], { color }: Style): string[] {
  // Those with the same hint together, and the hint once.
  return [...Map.groupBy(unreadable, ({ error }) => error.hint)].flatMap(([hint, alike]) => [
    ...alike.map(({ error }) => `${color.red('✖')} ${error.message} ${color.dim(`[${error.code}]`)}`),
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ]);
}

/** The exit code of a report of which some connectors cannot be read; undefined if all can. */
export function unreadableExit({
  connectors,
  unreadable,
}: {
  connectors: readonly object[];
  unreadable: readonly { error: ErrorDocument }[];
}): ExitCode | undefined {
  if (unreadable.length === 0) return undefined;
  return partialExit(
    connectors.length,
    unreadable.map(({ error }) => error),
  );
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
