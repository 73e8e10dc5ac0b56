import { looksLikePath } from '../files/path-words.ts';
import type { KnownCommand, KnownCommands } from './pastable.ts';

/** Flags that other tools have for files, which are arguments here. */
export const FILE_FLAGS: ReadonlySet<string> = new Set(['-f', '--filename', '--file', '--config-file', '--config']);

/** Their `-f` is `--follow`. */
const FOLLOWS = /^(?:logs?|tail)$/;

/**
 * The words among flags that are no flag's value, as `orders.yaml` in `apply --dry-run orders.yaml`: without them, the
 * suggested command would do more than was meant.
 * @param words before the first flag
 * @param lost called with each word that may be the value of an unknown flag
 */
export function wordsAmong(
  flags: readonly string[],
  words: readonly string[],
  { commands, exists }: { commands: KnownCommands; exists(word: string): boolean },
  lost: (word: string) => void = () => undefined,
): string[] {
  const found: string[] = [];
  const isFile = (word: string) => exists(word) || looksLikePath(word);
  for (let at = 0; at < flags.length; at += 1) {
    const one = flags[at] ?? '';
    const next = flags[at + 1];
    if (one === '--') return [...found, ...flags.slice(at + 1)];
    if (!one.startsWith('-') || one === '-') found.push(one);
    else if (one.includes('=') || next === undefined) continue;
    else if (FILE_FLAGS.has(one)) at += FOLLOWS.test(words.at(-1) ?? '') || FOLLOWS.test(words[0] ?? '') ? 0 : 1;
    else if (takesValue(one, commands)) at += 1;
    else if (!next.startsWith('-') && !isFile(next) && (one === '-n' || !isKnown(one, commands))) {
      if (one !== '-n') lost(next);
      at += 1;
    }
  }
  return found;
}

/** `-n` is `--dry-run`, but a namespace in other tools if a name follows. */
export function isNamespace(flags: readonly string[], at: number, exists: (word: string) => boolean): boolean {
  const next = flags[at + 1] ?? '-';
  return flags[at] === '-n' && !next.startsWith('-') && !exists(next) && !looksLikePath(next);
}

/** The name of a flag that the command has: of `-n`, `dry-run`. */
export function nameIn({ flags }: KnownCommand, flag: string): string | undefined {
  if (flag.startsWith('--')) return flags.has(flag.slice(2)) ? flag.slice(2) : undefined;
  return [...flags].find(([, { char }]) => flag === `-${char}`)?.[0];
}

function isKnown(flag: string, commands: KnownCommands): boolean {
  return [...commands.values()].some((command) => nameIn(command, flag) !== undefined);
}

function takesValue(flag: string, commands: KnownCommands): boolean {
  return [...commands.values()].some((command) => command.flags.get(nameIn(command, flag) ?? '')?.takesValue === true);
}
