import { boolean, integer, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import {
  changeFlags,
  durationFlag,
  outputFlags,
  pathsArgs,
  selectFlags,
  sendMaskedFlag,
  waitFlags,
} from '../src/cli/flags.ts';
import { deployView } from '../src/cli/views/deploy.ts';

export default class Deploy extends SluiceCommand {
  static override summary = 'Make live connectors what their files say, and wait until every task runs.';
  static override description =
    'Files are checked, offline and by the worker, before anything is sent. Only what differs is written: topics that sluice.yaml declares first, then sources before the sinks that read their topics. Exit 0: every connector is where it was meant to be; 11: a file is not accepted; 13: a task has FAILED; 14: some connectors are done, some are not; 15: not in time.';
  static override examples = [
    '<%= config.bin %> deploy connectors/ --context staging',
    '<%= config.bin %> deploy orders-source.json orders-sink.json --wait --timeout 2m',
    '<%= config.bin %> deploy --dry-run --json',
    '<%= config.bin %> deploy --plan plan.json',
  ];
  static override args = pathsArgs;
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags('2m'),
    stable: durationFlag({ description: 'How long every task must run without a break.', default: '5s' }),
    concurrency: integer({ description: 'Connectors written side by side.', default: 8, min: 1, helpValue: 'N' }),
    rollback: boolean({
      description: 'Put the former configuration and state back where an update fails.',
      default: true,
      allowNo: true,
    }),
    plan: string({ description: 'Deploy what a saved plan holds, if nothing has moved on since.', helpValue: 'FILE' }),
    ...selectFlags,
    ...sendMaskedFlag,
    preflight: boolean({
      description: 'Look first whether the databases meet what the connectors need.',
      default: true,
      allowNo: true,
    }),
    strict: boolean({
      description: 'What preflight warns of, and a database that it cannot reach, ends the run, too.',
    }),
    prune: boolean({
      description: 'Then delete connectors that match prune.match of sluice.yaml and are in no file.',
    }),
    'reset-offsets': boolean({
      description: 'With --prune: reset their offsets too (stop, reset, delete).',
      dependsOn: ['prune'],
    }),
    yes: boolean({ char: 'y', description: 'Do not ask before --prune deletes.', dependsOn: ['prune'] }),
    'dry-run': boolean({ description: 'Show what would be done; send nothing but the check by the worker.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Deploy);
    const [
      { deployFiles },
      { GroupReader },
      { kafkaOpener, topicOpener },
      { readStdin },
      { historyFile },
      { userFolders },
    ] = await Promise.all([
      import('../src/deploy/files.ts'),
      import('../src/monitor/group-reader.ts'),
      import('../src/kafka/open.ts'),
      import('../src/cli/stdin.ts'),
      import('../src/history/history.ts'),
      import('../src/config/paths.ts'),
    ]);
    const { context, client } = await this.connectToChange(flags);
    await using groups = new GroupReader(kafkaOpener(context));
    const report = await deployFiles(args.paths ?? [], await this.targets(flags), flags, {
      client,
      groups,
      clock: this.clock,
      signal: this.signal,
      logger: this.logger,
      progress: this.terminal.progress,
      stdin: readStdin,
      historyFile: historyFile(userFolders().state),
      confirmPrune: async (names) => {
        if (!flags.yes) await this.confirmNames(names, context.name, '--yes');
      },
      context: context.name,
      topics: topicOpener(context),
    });
    await this.present(report, deployView, flags);
  }
}
