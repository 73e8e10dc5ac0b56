import { SluiceError } from '../errors/error.ts';
import { nearest } from '../text/nearest.ts';

/** The part of oclif's parser errors that is used. */
export interface ParseError extends Error {
  oclif?: { exit?: number };
  parse?: { input?: { flags?: Record<string, { aliases?: string[] }> } };
  /** Unknown flags, without their values. */
  flags?: readonly string[];
  args?: readonly (string | { name: string; description?: string })[];
}

/** Flags of other tools and of earlier releases. */
const OTHER_NAMES: Record<string, string> = {
  '--concurrency': '--parallel',
  '--file': '--to',
  '--filename': '--to',
  '--folder': '--out',
  '--force': '--yes',
  '--format': '--output',
  '--namespace': '--context',
  '--out': '--to',
  '--profile': '--context',
  '--cluster': '--context',
  '--url': '--connect-url',
};

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
    return flags.length === 1 ? `there is no flag ${flags[0]}` : `there are no flags ${flags.join(', ')}`;
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

/** For one unknown flag: the flag that was probably meant. */
function suggestion(error: ParseError, command: string): string | undefined {
  const [unknown, ...more] = error.flags ?? [];
  const defined = error.parse?.input?.flags;
  if (unknown === undefined || more.length > 0 || defined === undefined) return undefined;
  const known = Object.keys(defined).map((name) => `--${name}`);
  const other = OTHER_NAMES[unknown];
  const suggested = other !== undefined && known.includes(other) ? other : nearest(unknown, known);
  return suggested === undefined ? undefined : `Did you mean ${suggested}? See: sluice ${command} --help`;
}

/** Shortens oclif's messages about flags that are missing, or need or exclude each other. */
function shorten(message: string): string {
  return message
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
    .trim();
}
