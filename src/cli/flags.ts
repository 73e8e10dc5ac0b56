import { string as argument, custom as customArgument } from '@oclif/core/args';
import { boolean, custom, option, string } from '@oclif/core/flags';
import { SELECTABLE_STATES, type SelectableState } from '../connect/states.ts';
import { SluiceError } from '../errors/error.ts';
import { LEVELS, type Level } from '../operate/log-levels.ts';
import { DEFAULTS } from '../operate/request.ts';
import type { Shard } from '../reconcile/model.ts';
import { durationMs, durationText } from '../text/duration.ts';
import { listItems } from '../text/lists.ts';

const FORMATS = [
  'table',
  'json',
  'yaml',
  'compact',
  'sarif',
  'github',
  'gitlab',
  'junit',
  'html',
  'markdown',
  'wide',
  'name',
  'env',
] as const;
export type Format = (typeof FORMATS)[number];

interface FileFlag {
  description: string;
  helpGroup?: string;
}

/** A file to write. `-` would be a file of that name. */
export function fileFlag(flag: FileFlag) {
  return writtenFile(flag)();
}

/** The same, for a command that needs it. */
export function neededFileFlag(flag: FileFlag) {
  return writtenFile(flag)({ required: true });
}

function writtenFile(flag: FileFlag) {
  return custom<string>({
    ...flag,
    helpValue: 'FILE',
    parse: async (input, _context, { name }) => {
      if (input !== '-') return input;
      const hint =
        name === 'to' ? 'Leave it out to write to stdout. For a file of that name' : 'For a file of that name';
      throw usage(`--${name} needs a file, not -`, `${hint} write ./-`);
    },
  });
}

/** Flags of every command. */
export const globalFlags = {
  'no-color': boolean({ description: 'Print without colour (so does NO_COLOR).', helpGroup: 'GLOBAL' }),
  verbose: boolean({
    char: 'v',
    description: 'Log progress and the causes of errors to stderr.',
    helpGroup: 'GLOBAL',
  }),
  'log-format': option({
    description: 'Format of what goes to stderr (SLUICE_LOG_FORMAT): text, or a line of JSON for each message.',
    options: ['text', 'json'] as const,
    env: 'SLUICE_LOG_FORMAT',
    helpGroup: 'GLOBAL',
  })(),
};

/** Of `outputFlags`, for commands with other formats. */
export const resultFlags = {
  json: boolean({ description: 'Short for --output json.', helpGroup: 'OUTPUT' }),
  to: fileFlag({
    description: 'Write the result to this file instead of stdout; an existing file is replaced.',
    helpGroup: 'OUTPUT',
  }),
};

/** `--output`, `--json` and `--to`, for commands that print a result. */
export function outputFlags<const More extends Format = never>(more: readonly More[] = []) {
  return {
    output: option({
      char: 'o',
      description: 'Output format.',
      options: ['table', 'json', 'yaml', ...more] as const,
      default: 'table',
      helpGroup: 'OUTPUT',
    })(),
    ...resultFlags,
  };
}

/** For commands whose result somebody may want to see over time, from a cron job or a CI step. */
export function measuredOutputFlags<const More extends Format = never>(more: readonly More[] = []) {
  return { ...outputFlags(more), ...metricsFlag };
}

/** The same for one that ends only with some of its flags. @param ending of which one must be given */
export function measuredFlag(ending: string[]) {
  const { 'metrics-to': flag } = metricsFlag;
  return { 'metrics-to': { ...flag, exclusive: [], relationships: [{ type: 'some' as const, flags: ending }] } };
}

const metricsFlag = {
  'metrics-to': string({
    exclusive: ['watch'],
    description:
      'Also write metrics of the run to textfile:FILE.prom (for node_exporter), or to the URL of a Pushgateway.',
    helpValue: 'TARGET',
    helpGroup: 'OUTPUT',
  }),
};

/** Where sluice.yaml and its variables come from. */
export const projectFlags = {
  project: string({
    description: 'Project file (default: the nearest sluice.yaml, searching upward).',
    helpValue: 'FILE',
    helpGroup: 'TARGET',
  }),
  'env-file': string({
    description: 'Env file with variables for references (default: .env beside sluice.yaml); can be repeated.',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: 'TARGET',
  }),
};

/** Selects the Connect cluster. */
export const contextFlags = {
  ...projectFlags,
  context: string({
    char: 'c',
    description: 'Context in sluice.yaml (SLUICE_CONTEXT); `sandbox` is the local sandbox.',
    helpValue: 'NAME',
    helpGroup: 'TARGET',
  }),
  'connect-url': string({
    description: 'URL of a Connect REST API (SLUICE_CONNECT_URL).',
    helpValue: 'URL',
    helpGroup: 'TARGET',
  }),
};

/** Adds a context that is not from a flag; typed flags take precedence. */
export function withContext<F extends { context?: string | undefined; 'connect-url'?: string | undefined }>(
  flags: F,
  context: string,
): F {
  return flags.context === undefined && flags['connect-url'] === undefined ? { ...flags, context } : flags;
}

interface ValueFlag {
  description: string;
  helpValue?: string;
}

/** A duration such as `500ms`, `30s`, `2m`, `1h`, in milliseconds. @param ms the default */
export function durationFlag({ description, least = 0 }: ValueFlag & { least?: number }, ms: number) {
  return custom<number>({
    description,
    default: ms,
    defaultHelp: async () => durationText(ms),
    helpValue: 'DURATION',
    parse: async (input, _context, { name }) => {
      const parsed = parseDuration(input);
      if (parsed >= least) return parsed;
      throw usage(
        `--${name} must be at least ${durationText(least)}, not ${input}`,
        'Polling more often slows the worker.',
      );
    },
  })();
}

/** @throws USAGE */
function parseDuration(input: string): number {
  const parsed = durationMs(input);
  if (parsed === undefined) throw usage(`"${input}" is not a valid duration`, 'Write it as 500ms, 30s, 2m or 1h.');
  return parsed;
}

/** A text that must say something: an empty shell variable does not. */
export function textFlag(description: string) {
  return custom<string>({
    description,
    helpValue: 'TEXT',
    parse: async (input, _context, { name }) => {
      if (input.trim() !== '') return input;
      throw usage(`--${name} is empty`, 'A variable of the shell may not be set.');
    },
  })({ required: true });
}

/** `--for`, how long something lasts: at least a second, at most a year. */
export function forFlag(description: string) {
  return custom<number>({
    description,
    helpValue: 'DURATION',
    parse: async (input) => {
      const ms = parseDuration(input);
      if (ms >= 1000 && ms <= LONGEST_MS) return ms;
      throw usage(`--for ${input} is too ${ms < 1000 ? 'short' : 'long'}`, 'Write it as 90s, 10m or 2h.');
    },
  });
}

const LONGEST_MS = 366 * 24 * 3_600_000;

/** A comma-separated list of names. */
export function listFlag({ description, helpValue = 'NAMES' }: ValueFlag) {
  return custom<string[]>({ description, helpValue, parse: async (input) => parseNames(input) })();
}

/** @throws USAGE if it is empty: an empty shell variable must not reduce what a command does to nothing */
export function parseNames(input: string): string[] {
  const names = listItems(input);
  if (names.length === 0)
    throw usage('the list of names is empty', 'Write names with commas between them, or leave the flag out.');
  return names;
}

/** Comma-separated SOURCE=TARGET names, as a map from source to target. */
export function renamesFlag({ description, helpValue = 'PAIRS' }: ValueFlag) {
  return custom<Record<string, string>>({ description, helpValue, parse: async (input) => parseRenames(input) })();
}

/** @throws USAGE */
export function parseRenames(input: string): Record<string, string> {
  const pairs = listItems(input).map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes('')))
    throw usage(`"${input}" is not a list of SOURCE=TARGET names`, 'Example: note=remark,qty=quantity');
  const twice = pairs.find(([name], index) => pairs.findIndex(([other]) => other === name) < index)?.[0];
  if (twice !== undefined)
    throw usage(`"${input}" renames ${twice} twice`, 'A source column is compared with one target column.');
  return Object.fromEntries(pairs);
}

/** One shard of the rows, such as `1/8`. */
export function shardFlag({ description }: ValueFlag) {
  return custom<Shard>({ description, helpValue: 'I/N', parse: async (input) => parseShard(input) })();
}

/** @throws USAGE */
export function parseShard(input: string): Shard {
  const [, index = '', of = ''] = /^(\d{1,4})\/(\d{1,4})$/.exec(input) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (shard.index >= 1 && shard.index <= shard.of) return shard;
  throw usage(
    `"${input}" is not a valid --shard`,
    'Write I/N with I from 1 to N: --shard 1/8. In a Kubernetes indexed job: --shard $((JOB_COMPLETION_INDEX+1))/8.',
  );
}

/** A number for which `isValid` holds. */
export function numberFlag(
  { description, helpValue = 'NUMBER' }: ValueFlag,
  isValid: (value: number) => boolean,
  wrong: { what: string; expected: string; hint: string },
) {
  return custom<number>({
    description,
    helpValue,
    parse: async (input) => {
      const value = Number(input);
      if (input.trim() !== '' && Number.isFinite(value) && isValid(value)) return value;
      throw usage(`invalid ${wrong.what} "${input}": expected ${wrong.expected}`, wrong.hint);
    },
  })();
}

function usage(message: string, hint: string): SluiceError {
  return new SluiceError('USAGE', message, { hint });
}

/** For commands that change a cluster. */
export const changeFlags = {
  ...contextFlags,
  confirm: string({
    description: 'Name of the context, to confirm changes if it is protected.',
    helpValue: 'CONTEXT',
    helpGroup: 'TARGET',
  }),
};

/** Connectors of a cluster, by name or glob. */
export const connectorArgs = {
  names: argument({
    description: "Connectors, by name or glob ('orders-*').",
    multiple: true,
    required: false,
    ignoreStdin: true,
  }),
};

/** Selects connectors of a cluster by more than their names. */
export const criteriaFlags = {
  type: option({
    description: 'Only sources, or only sinks.',
    options: ['source', 'sink'] as const,
    helpGroup: 'SELECT',
  })(),
  class: string({
    description: "Only connectors whose class, with or without its package, matches this glob ('*Jdbc*').",
    helpValue: 'GLOB',
    helpGroup: 'SELECT',
  }),
  state: custom<SelectableState[]>({
    description: `Only connectors in this state, or in one of several with commas between them: ${SELECTABLE_STATES.join(', ')}. failed and unassigned include failed and unassigned tasks.`,
    helpValue: 'STATE',
    helpGroup: 'SELECT',
    parse: async (input) => parseStates(input),
  })(),
};

/** @throws USAGE */
function parseStates(input: string): SelectableState[] {
  return parseNames(input).map((name) => {
    const state = SELECTABLE_STATES.find((one) => one === name.toLowerCase());
    if (state !== undefined) return state;
    throw usage(`"${name}" is not a state of connectors`, `The states are ${SELECTABLE_STATES.join(', ')}.`);
  });
}

/** For commands that may be for many connectors. */
export const connectorFlags = {
  all: boolean({ description: 'Every connector of the context.', helpGroup: 'SELECT' }),
  ...criteriaFlags,
};

/** For commands that ask before they do something. */
export const yesFlag = {
  yes: boolean({ char: 'y', description: 'Do not ask.' }),
};

/** For commands that change connectors by name. */
export const dryRunFlag = {
  'dry-run': boolean({ char: 'n', description: 'Show what would be done; send nothing.' }),
};

/** For commands that change any number of connectors. */
export const operationFlags = {
  ...changeFlags,
  ...dryRunFlag,
  ...yesFlag,
  ...connectorFlags,
};

/**
 * For commands that wait until Connect has carried out their request.
 * @param timeout ms
 * @param wait what the command waits for
 */
export function waitFlags(timeout: number = DEFAULTS.timeout, wait = 'the tasks have reached the requested state') {
  return {
    wait: boolean({
      description: `Wait until ${wait}.`,
      default: DEFAULTS.wait,
      allowNo: true,
    }),
    timeout: durationFlag({ description: 'Give up after this long.' }, timeout),
  };
}

/** For commands that change configurations. */
export const rollbackFlag = {
  rollback: boolean({ description: 'Roll back a connector whose update fails.', default: true, allowNo: true }),
};

/** For commands that start tasks, which may fail soon after. */
export const stableFlag = {
  stable: durationFlag(
    { description: 'How long tasks must keep running before they count as running.' },
    DEFAULTS.stable,
  ),
};

/** Numbers of tasks. */
export function taskFlag(description: string) {
  return custom<number>({
    description,
    helpValue: 'N',
    multiple: true,
    multipleNonGreedy: true,
    parse: async (input) => {
      if (/^\d{1,9}$/.test(input)) return Number(input);
      throw usage(
        `--task needs the number of a task, not ${input === '' ? 'nothing' : input}`,
        'Tasks are numbered from 0. For several, repeat it: --task 0 --task 1',
      );
    },
  })();
}

/** Selects connectors among those in the files. */
export const selectFlags = {
  only: string({
    description: 'Only this connector; can be repeated.',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
  exclude: string({
    description: 'All but this connector; can be repeated.',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** For commands that compare files with values that a worker masks. */
export const sendMaskedFlag = {
  'send-masked': string({
    description: 'Send the values of this connector that the worker masks, changed or not; can be repeated.',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** `--out`, a folder to write several files to. */
export function outFlag(description: string) {
  return custom<string>({
    description,
    helpValue: 'DIR',
    parse: async (input) => {
      if (input !== '-') return input;
      throw usage('--out needs a folder: several files cannot go to stdout', 'For a folder of that name write ./-');
    },
  })();
}

/** @throws USAGE */
async function parseLevel(input: string): Promise<Level> {
  const level = LEVELS.find((one) => one === input.toUpperCase());
  if (level !== undefined) return level;
  throw usage(`"${input}" is not a log level`, `The levels are ${LEVELS.join(', ')}.`);
}

/** A log level, as an argument and as a flag. */
export const levelArg = customArgument<Level>({ parse: parseLevel })({
  description: `Level: ${LEVELS.join(', ')}.`,
  ignoreStdin: true,
});
export const levelFlag = custom<Level>({
  char: 'l',
  description: 'The level, instead of the argument.',
  helpValue: 'LEVEL',
  parse: parseLevel,
})();

/** A positive whole number as an argument. @param hint what may have been meant by anything else */
export function countArg(name: string, description: string, hint?: (input: string) => string) {
  return customArgument<number>({
    parse: async (input) => {
      const value = Number(input);
      if (/^\d{1,9}$/.test(input) && value > 0) return value;
      throw notACount(name, input, hint?.(input));
    },
  })({ description, ignoreStdin: true });
}

/** @param name of the argument */
export function notACount(name: string, input: string, hint?: string): SluiceError {
  const bound = /^\+?\d{10,}$/.test(input) ? 'at most 999,999,999' : 'a whole number of at least 1';
  return new SluiceError('USAGE', `${name} must be ${bound}, not ${input}`, hint === undefined ? {} : { hint });
}

/** Connector files; the default is those of sluice.yaml. */
export const pathsArgs = {
  paths: argument({
    description: "Files, folders, globs or - for stdin (default: the project's connectors).",
    multiple: true,
    required: false,
    ignoreStdin: true,
  }),
};
