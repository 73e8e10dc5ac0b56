import { SluiceCommand } from '../src/cli/command.ts';
import { connectorArgs, operationFlags, outputFlags, waitFlags } from '../src/cli/flags.ts';
import { deleteView } from '../src/cli/views/delete.ts';

export default class Delete extends SluiceCommand {
  static override summary = 'Delete connectors and wait until they are gone; their offsets are kept.';
  static override description =
    'A connector that does not exist counts as deleted. A new connector with the same name will resume from the old offsets.';
  static override examples = ['<%= config.bin %> delete orders-sink', '<%= config.bin %> delete old-1 old-2 --yes'];
  static override args = connectorArgs;
  static override flags = {
    ...outputFlags(),
    ...operationFlags,
    ...waitFlags(undefined, 'the connectors are gone'),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Delete);
    const { deleteConnectors, sortOut } = await import('../src/operate/delete.ts');
    const { cluster, names, undecided } = await this.connectAndSelect('delete', args, flags);
    const { there, absent } = await sortOut(names, cluster.client);
    for (const message of absent) this.logger.warn(`${message} on ${cluster.name}`);
    await this.approve(cluster.context, flags, { verb: 'delete', names: there, destroys: true });
    const groups = await cluster.groups();
    const report = await this.operate({ verb: 'delete', context: cluster.name, names }, flags, (options) =>
      deleteConnectors(names, cluster.name, cluster.client, groups, { ...options, undecided }),
    );
    await this.present(report, deleteView, flags);
  }
}
