import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, dryRunFlag, outputFlags, waitFlags } from '../src/cli/flags.ts';
import { refuseKind } from '../src/cli/refuse-kind.ts';
import { deleteView } from '../src/cli/views/delete.ts';

export default class Delete extends SluiceCommand {
  static override summary = 'Delete connectors and wait until they are gone; their offsets are kept.';
  static override description =
    'A connector that does not exist counts as deleted. A new connector with the same name will resume from the old offsets.';
  static override examples = ['<%= config.bin %> delete orders-sink', '<%= config.bin %> delete old-1 old-2 --yes'];
  static override args = {
    names: string({ description: 'Connectors to delete.', multiple: true, required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(undefined, 'the connectors are gone'),
    ...dryRunFlag,
    yes: boolean({ char: 'y', description: 'Delete without asking.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Delete);
    const { deleteConnectors, sortOut } = await import('../src/operate/delete.ts');
    await using cluster = await this.connect(flags);
    await refuseKind('delete', args.names, cluster.client);
    const { there, absent } = await sortOut(args.names, cluster.client);
    for (const message of absent) this.logger.warn(`${message} on ${cluster.name}`);
    if (there.length > 0) {
      await this.guardOperation(cluster.context, flags, 'delete', there);
      if (!flags.yes && !flags['dry-run'])
        await this.confirm(`Delete ${there.join(', ')} on ${cluster.name}?`, '--yes');
    }
    const groups = await cluster.groups();
    const report = await this.operate({ verb: 'delete', context: cluster.name, names: args.names }, flags, (options) =>
      deleteConnectors(args.names, cluster.name, cluster.client, groups, options),
    );
    await this.present(report, deleteView, flags);
  }
}
