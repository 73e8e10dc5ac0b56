import { SluiceError } from '../errors/error.ts';
import { nearest } from '../text/nearest.ts';
import { shellWord } from '../text/shell.ts';
import { FILE_FLAGS } from './typed-words.ts';

/** The part of oclif's parser errors that is used. */
export interface ParseError extends Error {
  oclif?: { exit?: number };
  parse?: {
    input?: {
      argv?: readonly string[];
      flags?: Record<string, { dependsOn?: readonly string[] }>;
      args?: Record<string, object>;
    };
  };
  /** Unknown flags, with their values after `=`. */
  flags?: readonly string[];
  args?: readonly (string | { name: string; description?: string })[];
}

/** Flags of other tools and of earlier releases, and what they are called here: the first that a command has. */
const OTHER_NAMES: Record<string, readonly string[]> = {
  '--all-connectors': ['--all'],
  '--auto-approve': ['--yes'],
  '--check': ['--dry-run'],
  '--cluster': ['--context', '--connect-url'],
  '--concurrency': ['--parallel'],
  '--count': ['--tasks', '--limit'],
  '--detailed-exitcode': ['--exit-code'],
  '--dryrun': ['--dry-run'],
  '--file': ['--to'],
  '--filename': ['--to'],
  '--folder': ['--out'],
  '--force': ['--yes'],
  '--format': ['--output'],
  '--last': ['--limit'],
  '--namespace': ['--context'],
  '--noop': ['--dry-run'],
  '--only-failed': ['--failed'],
  '--out': ['--save', '--to'],
  '--profile': ['--context'],
  '--replicas': ['--tasks'],
  '--tail': ['--limit'],
  '--target': ['--only'],
  '--task-id': ['--task'],
  '--tasks-max': ['--tasks'],
  '--url': ['--connect-url'],
  '--what-if': ['--dry-run'],
  '--whatif': ['--dry-run'],
  '-a': ['--all'],
  '-u': ['--connect-url'],
};

/** What a flag of another tool is called here, if the command has it: `-auto-approve`, `--onlyFailed`, `--replicas`. */
export function ourFlag(
  typed: string,
  known: ReadonlyMap<string, { dependsOn?: readonly string[] | undefined }>,
): string | undefined {
  // terraform's long flags have one dash; kcctl's have capital letters.
  const long = /^-[a-z][\w-]+$/.test(typed) ? `-${typed}` : typed;
  const word = long.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const names = Object.hasOwn(OTHER_NAMES, word) ? OTHER_NAMES[word] : [word];
  return names?.find((name) => known.has(name.slice(2)) && !known.get(name.slice(2))?.dependsOn?.length);
}

interface Defined {
  flags: Record<string, { type: string; char?: string | undefined; dependsOn?: string[] }>;
  args: Record<string, object>;
}

/**
 * Refuses what oclif would read as something else: the value of `--yes=false` as an argument, `-out` as `-o ut`; an empty
 * argument, which is a shell variable that is not set, and never a name; and an unknown flag, of which oclif complains after
 * it has complained of its value.
 * @throws USAGE
 */
export function refuseMisread(argv: readonly string[], { flags, args }: Defined, id: string): void {
  const help = `See: sluice ${id.replaceAll(':', ' ')} --help`;
  const known = new Map(Object.entries(flags));
  const byChar = new Map(Object.values(flags).map((flag) => [flag.char, flag]));
  const unknown: string[] = [];
  let isFlag = true;
  for (let at = 0; at < argv.length; at += 1) {
    const one = argv[at] ?? '';
    if (one === '')
      throw new SluiceError('USAGE', `argument ${at + 1} is empty`, {
        hint: `A variable of the shell may not be set. ${help}`,
      });
    if (one === '--') isFlag = false;
    if (!isFlag) continue;
    const name = nameOf(one);
    const flag = /^-.$/.test(one)
      ? byChar.get(one.slice(1))
      : (known.get(name.slice(2)) ?? known.get(name.replace(/^--no-/, '')));
    if (one !== name && flag?.type === 'boolean')
      throw new SluiceError('USAGE', `${name} takes no value`, { hint: `Write ${name}, or leave it out. ${help}` });
    const meant = /^-[a-z]{3,}/.test(name) ? ourFlag(name, known) : undefined;
    if (meant !== undefined)
      throw new SluiceError('USAGE', `there is no flag ${name}`, { hint: `Did you mean ${meant}? ${help}` });
    if (flag === undefined && one.startsWith('--')) unknown.push(one);
    if (flag?.type === 'option' && one === name) at += 1;
  }
  if (unknown.length === 0) return;
  const nonexistent = Object.assign(new Error('Nonexistent flag'), {
    flags: unknown,
    parse: { input: { argv, flags, args } },
  });
  throw usageError(nonexistent, id);
}

/** oclif's error about the command line as a usage error in plain words. */
export function usageError(error: ParseError, command: string): SluiceError {
  const name = command.replaceAll(':', ' ');
  const help = `See: sluice ${name === '' ? '' : `${name} `}--help`;
  if (/^Missing \d+ required arg/.test(error.message) && error.args?.every(isConnector)) {
    const hint = `Name it: sluice ${name} NAME`;
    return new SluiceError('USAGE', `${name} which connector?`, { hint, cause: error });
  }
  return new SluiceError('USAGE', messageOf(error), { hint: suggestion(error, name) ?? help, cause: error });
}

function messageOf(error: ParseError): string {
  const { flags, args } = error;
  if (/^Nonexistent flag/.test(error.message) && flags !== undefined) {
    const names = flags.map(nameOf);
    return names.length === 1 ? `there is no flag ${names[0]}` : `there are no flags ${names.join(', ')}`;
  }
  if (/^Unexpected argument/.test(error.message) && args !== undefined) {
    return `unexpected ${args.length === 1 ? 'argument' : 'arguments'}: ${args.map(String).join(', ')}`;
  }
  if (/^Missing \d+ required arg/.test(error.message) && args !== undefined) {
    return args.map((arg) => (typeof arg === 'string' ? arg : missing(arg))).join('; ');
  }
  return shorten(error.message.replace(/\nSee more help with --help$/, ''));
}

/** Of an argument: it is the name of one or more connectors. */
function isConnector(arg: string | { description?: string }): boolean {
  return typeof arg !== 'string' && /^(?:the )?connectors?\b/i.test(arg.description ?? '');
}

function missing({ name, description }: { name: string; description?: string }): string {
  const what = description?.replace(/\.$/, '');
  return `missing ${name.toUpperCase()}${what === undefined ? '' : ` (${what[0]?.toLowerCase()}${what.slice(1)})`}`;
}

function nameOf(flag: string): string {
  return flag.split('=', 1)[0] ?? '';
}

/** The flags that were probably meant. */
function suggestion(error: ParseError, command: string): string | undefined {
  const { flags, args, argv = [] } = error.parse?.input ?? {};
  const unknown = (error.flags ?? []).map(nameOf);
  if (flags === undefined) return undefined;
  const help = `See: sluice ${command} --help`;
  if (args?.['paths'] !== undefined && unknown.length > 0 && unknown.every((one) => FILE_FLAGS.has(one)))
    return `Files need no flag: sluice ${[command, ...withoutFileFlags(argv).map(shellWord)].join(' ')}`;
  if (args?.['names'] !== undefined && unknown.length > 0 && unknown.every((one) => FILE_FLAGS.has(one)))
    return `Name the connectors: sluice ${command} NAME`;
  const known = Object.keys(flags).map((name) => `--${name}`);
  const meant = unknown.map((one) => ourFlag(one, new Map(Object.entries(flags))) ?? nearest(one, known));
  const all = [...new Set(meant)];
  if (all.length === 0 || all.includes(undefined)) return undefined;
  return `Did you mean ${all.join(' and ')}? ${help}`;
}

/** `-f a.json` and `--file=a.json` as `a.json`. */
function withoutFileFlags(argv: readonly string[]): string[] {
  return argv.flatMap((one) => {
    if (FILE_FLAGS.has(one)) return [];
    return FILE_FLAGS.has(nameOf(one)) ? [one.slice(one.indexOf('=') + 1)] : [one];
  });
}

/** Shortens oclif's messages about flags that are missing, or need or exclude each other. */
function shorten(message: string): string {
  return (
    message
      .replace(/^The following errors? occurred:\n\s*/, '')
      .replace(
        /^Parsing (--\S+)\s+Expected an (integer(?: \w+ than or equal to -?\d+)?) but received: (.*)$/s,
        '$1 must be an $2, not $3',
      )
      .replace(/an integer greater than or equal to (-?\d+)/, 'an integer of at least $1')
      .replace(/an integer less than or equal to (-?\d+)/, 'an integer of at most $1')
      .replace(/Missing required flag (\S+)/g, 'missing --$1')
      .replace(/^Flag (--\S+) expects (?:a value|one of these values: (.+))$/, (_all, flag: string, values?: string) =>
        values === undefined ? `${flag} needs a value` : `${flag} needs one of ${values}`,
      )
      .replace(/^Expected (--[^=]+)=(.*) to be one of: (.+)$/s, '$1 must be one of $3, not $2')
      .replace(/^Expected (.*) to be one of: (.+)$/s, 'expected one of $2, not $1')
      .replace(/All of the following must be provided when using (--\S+): (.+)/g, '$1 needs $2')
      .replace(/One of the following must be provided when using (--\S+): (.+)/g, '$1 needs one of $2')
      .replace(/(--[^\s=]+)(?:=\S*)? cannot also be provided when using (--\S+)/g, '$1 and $2 exclude each other')
      // Said once from each side.
      .replace(/(--\S+) and (--\S+) exclude each other(?=[\s\S]*\2 and \1 exclude each other)\s*/g, '')
      .trim()
  );
}
