import type { Command } from '@oclif/core';
import { CommandHelp, Help } from '@oclif/core/help';
import { EXIT } from '../errors/registry.ts';
import { DEFAULT_WIDTH } from './style.ts';
import { wrapHelp } from './wrap-lines.ts';

const MEANINGS: Record<keyof typeof EXIT, string> = {
  ok: 'done, nothing found',
  internal: 'internal error',
  usage: 'usage or configuration',
  negative: 'the answer is no: differences, unhealthy, drift',
  invalid: 'validation failed',
  unreachable: 'unreachable or not authorised',
  rejected: 'rejected by the remote, or rolled back',
  partial: 'partial: some targets done, some not',
  timeout: 'timed out',
  undetermined: 'undetermined: no final verdict',
  interrupted: 'interrupted (SIGINT)',
  terminated: 'terminated (SIGTERM)',
};

const EXIT_CODES = Object.entries(EXIT).map(([name, code]): [string, string] => [
  String(code),
  MEANINGS[name as keyof typeof EXIT],
]);

/** Commands and topics of the top level, by what they are for. */
export const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ['START', ['init', 'demo', 'sandbox', 'template']],
  ['CHECK', ['validate', 'preflight', 'render']],
  ['DEPLOY', ['plan', 'deploy', 'watch', 'export']],
  [
    'OPERATE',
    [
      ...[
        'status',
        'monitor',
        'lag',
        'doctor',
        'list',
        'describe',
        'workers',
        'topics',
        'pause',
        'resume',
        'stop',
        'restart',
        'scale',
      ],
      ...['offsets', 'patch', 'edit', 'delete', 'dlq', 'maintenance', 'loggers', 'serve', 'alerts', 'dashboards'],
    ],
  ],
  ['PROVE', ['reconcile']],
  ['LOOK UP', ['history', 'context', 'config', 'plugins', 'schemas', 'rules', 'version', 'help', 'completion']],
];

/** Groups of flags, in this order: first what a command alone has. */
const FLAG_GROUPS = ['RECORDS', 'TABLE', 'COMPARISON', 'REPAIR', 'SPEED', 'TARGET', 'OUTPUT', 'GLOBAL'];

class SluiceCommandHelp extends CommandHelp {
  /** Flags are listed below. */
  protected override defaultUsage(): string {
    const { args = {}, flags = {}, strict } = this.command;
    const required = Object.values(flags).filter((flag) => flag.required && flag.type === 'option');
    return [
      this.command.id,
      ...Object.values(args)
        .filter((arg) => !arg.hidden)
        .map((arg) => {
          const name = `${arg.name.toUpperCase()}${arg.multiple === true || strict === false ? '...' : ''}`;
          return arg.required ? name : `[${name}]`;
        }),
      ...required.map((flag) => `--${flag.name} ${flag.type === 'option' ? (flag.helpValue ?? 'VALUE') : ''}`),
      '[FLAGS]',
    ].join(' ');
  }

  protected override groupFlags(flags: Command.Flag.Any[]) {
    const { mainFlags, flagGroups } = super.groupFlags(flags);
    const sorted = Object.entries(flagGroups).sort(([a], [b]) => FLAG_GROUPS.indexOf(a) - FLAG_GROUPS.indexOf(b));
    return { mainFlags, flagGroups: Object.fromEntries(sorted) };
  }

  /** An empty list is not shown as a default, and a list of values may wrap between values. */
  protected override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    const isEmpty = (flag: Command.Flag.Any) =>
      flag.type === 'option' && Array.isArray(flag.default) && flag.default.length === 0;
    const shown = super.flags(flags.map((flag) => (isEmpty(flag) ? { ...flag, default: undefined } : flag)));
    return shown?.map(([name, text]) => [
      name,
      text?.replace(/<options: [^>]*>/, (options) => options.replaceAll('|', ' | ')),
    ]);
  }

  protected override sections() {
    return [
      ...super.sections(),
      {
        header: 'EXIT CODES',
        // oclif treats a list as several sections, each with its own header.
        generate: () => [{ header: 'EXIT CODES', body: EXIT_CODES }],
      },
    ] as ReturnType<CommandHelp['sections']>;
  }
}

/** oclif's help with the commands in groups and the exit codes, which are the same for every command. */
export default class SluiceHelp extends Help {
  protected override CommandHelpClass = SluiceCommandHelp;

  /** oclif breaks neither the summary nor examples. */
  protected override log(...texts: string[]): void {
    super.log(...texts.map((text) => wrapHelp(text, process.stdout.columns || DEFAULT_WIDTH)));
  }

  protected override async showRootHelp(): Promise<void> {
    this.log(this.formatRoot());
    this.log('');
    const rows = new Map<string, string>();
    for (const topic of this.sortedTopics) rows.set(topic.name, topic.description ?? '');
    for (const command of this.sortedCommands) rows.set(command.id, this.summary(command) ?? '');
    const width = Math.max(...GROUPS.flatMap(([, names]) => names.map((name) => name.length)));
    for (const [header, names] of GROUPS) {
      const entries = names
        .filter((name) => rows.has(name))
        .map((name): [string, string] => [name.padEnd(width), rows.get(name) ?? '']);
      if (entries.length > 0)
        this.log(`${this.section(header, this.renderList(entries, { indentation: 2, spacer: '\n' }))}\n`);
    }
    this.log('Help for a command: sluice COMMAND --help');
  }
}
