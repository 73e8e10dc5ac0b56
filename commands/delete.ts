import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, dryRunFlag, outputFlags, waitFlags } from '../src/cli/flags.ts';
import { deleteView } from '../src/cli/views/delete.ts';

export default class Delete extends SluiceCommand {
  static override summary = 'Delete connectors and wait until they are gone; their offsets are kept.';
  static override description =
    'A connector that is not there counts as done. What is kept is said: a connector made again under the same name goes on where the old one stopped.';
  static override examples = ['<%= config.bin %> delete orders-sink', '<%= config.bin %> delete old-1 old-2 --yes'];
  static override args = {
    names: string({ description: 'Connectors to delete.', multiple: true, required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    ...dryRunFlag,
    yes: boolean({ char: 'y', description: 'Do not ask.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Delete);
    const [{ deleteConnectors }, { operateOptions }, { GroupReader }, { kafkaOpener }] = await Promise.all([
      import('../src/operate/delete.ts'),
      import('../src/operate/options.ts'),
      import('../src/monitor/group-reader.ts'),
      import('../src/kafka/open.ts'),
    ]);
    const { context, client } = await this.connectToChange(flags);
    if (!flags.yes && !flags['dry-run'])
      await this.confirm(`Delete ${args.names.join(', ')} on ${context.name}?`, '--yes');
    await using groups = new GroupReader(kafkaOpener(context));
    const options = operateOptions(flags, this.clock, this.signal);
    const report = await deleteConnectors(args.names, context.name, client, groups, options);
    await this.present(report, deleteView, flags);
  }
}
