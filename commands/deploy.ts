import { boolean, integer, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import {
  changeFlags,
  durationFlag,
  measuredOutputFlags,
  pathsArgs,
  rollbackFlag,
  selectFlags,
  sendMaskedFlag,
  waitFlags,
} from '../src/cli/flags.ts';
import { settingsOf } from '../src/cli/settings-of.ts';
import { deployView, plannedText } from '../src/cli/views/deploy.ts';
import { DEFAULTS } from '../src/deploy/request.ts';

export default class Deploy extends SluiceCommand {
  static override summary = 'Deploy connector files and wait until every task is running.';
  static override description =
    'Files are checked, offline and by the worker, before anything is sent. Only what differs is written: first the topics that sluice.yaml declares, then sources, then the sinks that read their topics. Exit 0: every connector is in its desired state; 11: a file was rejected; 13: a task has FAILED; 14: some connectors succeeded, some did not; 15: timed out.';
  static override examples = [
    '<%= config.bin %> deploy connectors/ --context staging',
    '<%= config.bin %> deploy orders-source.json orders-sink.json --wait --timeout 2m',
    '<%= config.bin %> deploy --dry-run --json',
    '<%= config.bin %> deploy --plan plan.json',
  ];
  static override args = pathsArgs;
  static override flags = {
    ...measuredOutputFlags(),
    ...changeFlags,
    ...waitFlags(DEFAULTS.timeout, 'every task is running'),
    stable: durationFlag({ description: 'How long every task must keep running.' }, DEFAULTS.stable),
    parallel: integer({
      description: 'Connectors deployed in parallel.',
      default: DEFAULTS.parallel,
      min: 1,
      helpValue: 'N',
    }),
    ...rollbackFlag,
    plan: string({ description: 'Apply a saved plan; fails if anything has changed since.', helpValue: 'FILE' }),
    ...selectFlags,
    ...sendMaskedFlag,
    preflight: boolean({
      description: 'First check that the databases are ready for the connectors.',
      default: true,
      allowNo: true,
    }),
    strict: boolean({ description: 'Treat preflight warnings and unreachable databases as errors.' }),
    prune: boolean({ description: 'Delete connectors that match prune.match but are not in any file.' }),
    'reset-offsets': boolean({
      description: 'With --prune: also reset their offsets (stop, reset, delete).',
      dependsOn: ['prune'],
    }),
    yes: boolean({ char: 'y', description: 'Delete without asking.', dependsOn: ['prune'] }),
    'dry-run': boolean({
      char: 'n',
      description: 'Show what would be done; ask the worker to validate, but send no change.',
    }),
  };

  protected override readonly traced = 'run';

  protected async execute(): Promise<void> {
    const { args, flags, metadata } = await this.parse(Deploy);
    const { deployFiles } = await import('../src/deploy/files.ts');
    await using cluster = await this.connect(flags);
    const confirmChanges = await this.changesQuestion(cluster.context, flags, plannedText);
    const request = { ...settingsOf(flags, metadata), paths: args.paths };
    const report = await deployFiles(request, await this.targets(flags), {
      ...this.ports,
      ...(await cluster.deployPorts()),
      confirmChanges,
      confirmPrune: async (names) => {
        if (!flags.yes) await this.confirmNames(names, cluster.name, '--yes');
      },
    });
    await this.present(report, deployView, flags);
  }
}
