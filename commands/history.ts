import { integer, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, countArg, outputFlags } from '../src/cli/flags.ts';
import { historyView } from '../src/cli/views/history.ts';
import { DEFAULTS } from '../src/store/request.ts';
import { CHANGE_VERBS, type ChangeVerb } from '../src/store/verbs.ts';
import { shellWord } from '../src/text/shell.ts';

export default class History extends SluiceCommand {
  static override summary = 'Show what was changed from this machine: when, by whom, and with what result.';
  static override description =
    'Deploys, operations on connectors, and repairs of databases. With the number of a CHANGE, shows that one and each of its connectors. Names, results and numbers are kept, never configurations or values.';
  static override examples = [
    '<%= config.bin %> history',
    '<%= config.bin %> history --context production --limit 5',
    '<%= config.bin %> history --connector orders-sink --verb restart --json',
    '<%= config.bin %> history 12',
  ];
  static override args = {
    change: countArg(
      'CHANGE',
      'Number of one change.',
      (input) => `Changes of one connector: sluice history --connector ${shellWord(input)}`,
    ),
  };
  static override flags = {
    ...outputFlags(),
    context: contextFlags.context,
    connector: string({ description: 'Only changes of this connector.', helpValue: 'NAME' }),
    verb: string({ description: 'Only changes of this kind.', options: [...CHANGE_VERBS], helpValue: 'VERB' }),
    limit: integer({
      description: 'Show at most this many changes, latest first.',
      default: DEFAULTS.limit,
      min: 1,
      helpValue: 'N',
    }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(History);
    const { changes: history } = await this.store();
    const { limit, context, connector } = flags;
    const verb = flags.verb as ChangeVerb | undefined;
    const changes =
      args.change === undefined ? history.list({ limit, context, connector, verb }) : [history.get(args.change)];
    const filtered = [context, connector, verb].some((one) => one !== undefined);
    await this.present({ changes, detailed: args.change !== undefined, filtered }, historyView, flags);
  }
}
