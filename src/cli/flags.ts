import { string as argument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { durationMs } from '../config/duration.ts';
import { SluiceError } from '../errors/error.ts';

export const FORMATS = ['table', 'json', 'yaml', 'compact', 'sarif', 'github', 'gitlab', 'junit', 'html'] as const;
export type Format = (typeof FORMATS)[number];

/** Flags of every command. */
export const globalFlags = {
  'no-color': boolean({ description: 'Print without colour (so does NO_COLOR).', helpGroup: 'GLOBAL' }),
  verbose: boolean({
    char: 'v',
    description: 'Report on stderr what is done, and the causes of errors.',
    helpGroup: 'GLOBAL',
  }),
};

/** `--output`, `--json` and `--to`, for commands that print a result. */
export function outputFlags<const More extends Format = never>(more: readonly More[] = []) {
  return {
    output: option({
      char: 'o',
      description: 'Form of the result on stdout.',
      options: ['table', 'json', 'yaml', ...more] as const,
      default: 'table',
      helpGroup: 'OUTPUT',
    })(),
    json: boolean({ description: 'Short for --output json.', helpGroup: 'OUTPUT' }),
    to: string({
      description: 'Write the result to this file instead of stdout.',
      helpValue: 'FILE',
      helpGroup: 'OUTPUT',
    }),
  };
}

/** Where sluice.yaml and its variables come from. */
export const projectFlags = {
  project: string({
    description: 'The project file (default: the nearest sluice.yaml upward).',
    helpValue: 'FILE',
    helpGroup: 'TARGET',
  }),
  'env-file': string({
    description: 'File of variables for references; may be given several times.',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: 'TARGET',
  }),
};

/** Which Connect cluster is meant. */
export const contextFlags = {
  ...projectFlags,
  context: string({
    description: 'Context of sluice.yaml (SLUICE_CONTEXT); `sandbox` is the sandbox.',
    helpValue: 'NAME',
    helpGroup: 'TARGET',
  }),
  'connect-url': string({
    description: 'URL of a Connect REST API (SLUICE_CONNECT_URL).',
    helpValue: 'URL',
    helpGroup: 'TARGET',
  }),
};

/** The flags with a context that something else than a flag names; what was typed goes before it. */
export function withContext<F extends { context?: string | undefined; 'connect-url'?: string | undefined }>(
  flags: F,
  context: string,
): F {
  return flags.context === undefined && flags['connect-url'] === undefined ? { ...flags, context } : flags;
}

/** A duration such as `500ms`, `30s`, `2m`, `1h`; parsed to milliseconds. */
export function durationFlag(options: { description: string; default: string }) {
  return string({
    description: options.description,
    default: options.default,
    helpValue: 'DURATION',
    parse: async (input) => {
      if (durationMs(input) === undefined) {
        throw new SluiceError('USAGE', `"${input}" is no duration`, { hint: 'Write it as 500ms, 30s, 2m or 1h.' });
      }
      return input;
    },
  });
}

/** For commands that change a cluster. */
export const changeFlags = {
  ...contextFlags,
  confirm: string({
    description: 'The name of the context, where it is protected.',
    helpValue: 'CONTEXT',
    helpGroup: 'TARGET',
  }),
};

/** For commands that change connectors by name. */
export const dryRunFlag = {
  'dry-run': boolean({ description: 'Show what would be done; send nothing.' }),
};

/** For commands whose request Connect only accepts: they wait until it is carried out. */
export function waitFlags(timeout = '1m') {
  return {
    wait: boolean({
      description: 'Wait until the tasks are where they were asked to be.',
      default: true,
      allowNo: true,
    }),
    timeout: durationFlag({ description: 'Longest wait.', default: timeout }),
  };
}

/** For commands that start tasks, some of which fail soon after. */
export const stableFlag = {
  stable: durationFlag({
    description: 'How long tasks must run without a break before they count as running.',
    default: '5s',
  }),
};

/** Which of the connectors in the files are meant. */
export const selectFlags = {
  only: string({
    description: 'Only this connector; may be given several times.',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
  exclude: string({
    description: 'All but this connector; may be given several times.',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** For commands that compare files with what a worker masks. */
export const sendMaskedFlag = {
  'send-masked': string({
    description: 'Send values of this connector that the worker masks, changed or not; may be given several times.',
    helpValue: 'NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** Connector files, for commands that may also take them from sluice.yaml. */
export const pathsArgs = {
  paths: argument({
    description: "Files, folders, globs or - for stdin (default: the project's connectors).",
    multiple: true,
    required: false,
    ignoreStdin: true,
  }),
};
