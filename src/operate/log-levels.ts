import type { Loggers } from '../connect/types.ts';
import type { FormerLevels } from '../store/raised-loggers.ts';

/** Levels that a worker takes, the least first; in a file without imports of values, so that the help loads nothing else. */
export const LEVELS = ['OFF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const;
export type Level = (typeof LEVELS)[number];

const ROOT = 'root';

/** Where a logger gets its level from: itself, or the nearest logger above it that the worker lists. */
export function levelOf(loggers: Loggers, name: string): { level: string; from: string } | undefined {
  for (const from of [name, ...above(name)]) {
    const level = Object.hasOwn(loggers, from) ? loggers[from]?.level : undefined;
    if (level) return { level, from };
  }
  return undefined;
}

/** The loggers above one, the nearest first. */
function above(name: string): string[] {
  const parts = name.split('.');
  const names = parts.slice(1).map((_, index) => parts.slice(0, parts.length - 1 - index).join('.'));
  return name === ROOT ? [] : [...names, ROOT];
}

/** Whether a change of one changes the other, too: a worker passes a level on to all loggers below. */
export function isRelated(one: string, other: string): boolean {
  return one === other || above(one).includes(other) || above(other).includes(one);
}

/**
 * What restores a logger and those below it, in order: each entry sets all below, so only those that then would be wrong
 * follow.
 * @param own the level of the logger itself
 */
export function formerLevels(loggers: Loggers, name: string, own: string): FormerLevels {
  const below = Object.keys(loggers)
    .filter((other) => above(other).includes(name))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const set = new Map([[name, own]]);
  for (const other of below) {
    const level = loggers[other]?.level;
    const passedOn = above(other).find((one) => set.has(one)) ?? name;
    if (level && level !== set.get(passedOn)) set.set(other, level);
  }
  return [...set];
}

/** Those that differ from the logger above, or were set over REST: the others follow from them. */
export function decisive(loggers: Loggers): string[] {
  return Object.keys(loggers).filter((name) => {
    const { level, last_modified: modified } = loggers[name] ?? {};
    const next = above(name).find((one) => Object.hasOwn(loggers, one) && loggers[one]?.level);
    // A level that is passed on counts as set at the same moment.
    const passedOn = next === undefined ? undefined : loggers[next];
    return (
      name === ROOT || (level && level !== passedOn?.level) || Boolean(modified && modified !== passedOn?.last_modified)
    );
  });
}
