import type { Interfaces } from '@oclif/core';
import { redactText } from '../text/redact.ts';
import { shellWord } from '../text/shell.ts';

/** Flags that say where a command works: a suggested command needs them, too. */
const PLACES = ['context', 'connect-url', 'project', 'env-file', 'file'] as const;
const SHORT: Record<string, string> = { '-c': '--context' };

/** The ways to type a flag. */
function formsOf(flag: string): string[] {
  return [flag, ...Object.keys(SHORT).filter((one) => SHORT[one] === flag)];
}

/** A flag and its value as typed. */
export type Place = readonly [flag: string, value: string];

interface KnownFlag {
  takesValue: boolean;
  char?: string | undefined;
  /** The values it takes, if they are few. */
  options?: readonly string[] | undefined;
  /** Flags that it needs. */
  dependsOn?: readonly string[] | undefined;
}

export interface KnownCommand {
  /** By name; `takesValue` if an argument follows. */
  flags: ReadonlyMap<string, KnownFlag>;
  /** Its arguments are connector files. */
  takesPaths: boolean;
  takesArguments: boolean;
}

/** Commands by their words: `sandbox up`. */
export type KnownCommands = ReadonlyMap<string, KnownCommand>;

export function knownCommands({ commands }: Pick<Interfaces.Config, 'commands'>): KnownCommands {
  return new Map(
    commands
      .filter(({ hidden }) => !hidden)
      .map(({ id, flags, args }) => {
        const known = Object.values(flags).map((flag): [string, KnownFlag] => {
          const { name, type, char, dependsOn } = flag;
          return [
            name,
            { takesValue: type === 'option', char, dependsOn, ...(type === 'option' && { options: flag.options }) },
          ];
        });
        const takes = { takesPaths: args['paths'] !== undefined, takesArguments: Object.keys(args).length > 0 };
        return [id.replaceAll(':', ' '), { flags: new Map(known), ...takes }];
      }),
  );
}

/** What determines where a run works. */
export interface Whereabouts {
  flags: readonly Place[];
  /** The connector files of the run; none if they came from stdin. */
  paths: readonly string[];
}

/** The flags of this run that say where it works, without any credentials. */
export function placesOf(argv: readonly string[]): Place[] {
  const places: Place[] = [];
  for (const [at, argument] of argv.entries()) {
    const [typed = '', ...rest] = argument.split('=');
    const flag = SHORT[typed] ?? typed;
    const value = rest.length > 0 ? rest.join('=') : argv[at + 1];
    if (value === undefined || !PLACES.some((name) => flag === `--${name}`)) continue;
    if (!hidesSecret(value)) places.push([flag, value]);
    else if (flag === '--connect-url') places.push([flag, 'URL']);
  }
  return places;
}

/** What may be a password is not repeated: it has to be typed again. */
export function hidesSecret(value: string): boolean {
  return value.includes('@') || redactText(value) !== value;
}

/** The arguments of a run that are connector files. @param command of the run */
export function pathsOf(argv: readonly string[], command: KnownCommand | undefined): string[] {
  if (command?.takesPaths !== true) return [];
  const paths: string[] = [];
  const byChar = new Map([...command.flags.values()].map((flag) => [flag.char, flag]));
  for (let at = 0; at < argv.length; at += 1) {
    const argument = argv[at] ?? '';
    if (argument === '--') return [...paths, ...argv.slice(at + 1)];
    if (argument === '-') return [];
    if (!argument.startsWith('-')) paths.push(argument);
    else if (argument.startsWith('--')) at += command.flags.get(argument.slice(2))?.takesValue === true ? 1 : 0;
    else at += argument.length === 2 && byChar.get(argument.slice(1))?.takesValue === true ? 1 : 0;
  }
  return paths;
}

/**
 * Adds to each `sluice COMMAND` of a text where this run works, so that it does the same when it is pasted.
 * @param text one or more lines; commands that name a context stay as they are
 */
export function pastable(text: string, { flags: places, paths }: Whereabouts, commands: KnownCommands): string {
  if (places.length + paths.length === 0 || !text.includes('sluice ')) return text;
  return text.replaceAll(/\bsluice ([a-z]+(?: [a-z]+)?)([^\n`;)]*)/g, (whole, words: string, rest: string) => {
    const one = words.split(' ', 1)[0] ?? '';
    const command = commands.has(words) ? words : one;
    const known = commands.get(command);
    if (known === undefined || / --help\b/.test(rest)) return whole;
    const after = `${words.slice(command.length)}${rest}`;
    const typed = new Set(after.split(/[ =]/));
    const missing = places.filter(
      ([flag]) => known.flags.has(flag.slice(2)) && !formsOf(flag).some((form) => typed.has(form)),
    );
    // A command without files applies to the files of this run.
    const files = known.takesPaths && /^(?:$|[,.:;]| -)/.test(after) ? paths : [];
    const added = [...missing.flatMap(([flag, value]) => [flag, shellWord(value)]), ...files.map(shellWord)];
    return `sluice ${[command, ...added].join(' ')}${after}`;
  });
}
