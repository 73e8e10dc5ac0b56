import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { connectorArgs, operationFlags, outputFlags, rollbackFlag, stableFlag, waitFlags } from '../src/cli/flags.ts';
import { patchOf, setFlag, unsetFlag } from '../src/cli/patch-flags.ts';
import { plannedText } from '../src/cli/views/deploy.ts';
import { patchView } from '../src/cli/views/patch.ts';
import { DEFAULTS } from '../src/deploy/request.ts';

export default class Patch extends SluiceCommand {
  static override summary = 'Change single keys of live connectors, and wait until every task is running.';
  static override description =
    'Shows what changes, checks it offline and by the worker, asks, and writes only these keys. A connector whose tasks then fail gets its former configuration back. If a file of the project has the connector, the command says where it now differs; with --file it changes the file too, and keeps its comments.';
  static override examples = [
    '<%= config.bin %> patch orders-sink --set tasks.max=3',
    '<%= config.bin %> patch orders-sink --set batch.size=500 --unset max.retries --file',
    "<%= config.bin %> patch 'orders-*' --type sink --set errors.log.enable=true --dry-run",
  ];
  static override args = connectorArgs;
  static override flags = {
    ...outputFlags(),
    ...operationFlags,
    ...waitFlags(DEFAULTS.timeout, 'every task is running'),
    ...stableFlag,
    ...rollbackFlag,
    ...setFlag,
    ...unsetFlag,
    file: boolean({ description: 'Change the files of the project too.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Patch);
    const patch = patchOf(flags);
    const { patchConnectors } = await import('../src/deploy/patch.ts');
    const { cluster, ...selected } = await this.connectAndSelect('patch', args, flags);
    const ports = { ...this.ports, ...(await cluster.deployPorts()), verb: 'patch' as const };
    const confirmChanges = await this.patchQuestion(cluster.context, flags, 'Patch', plannedText);
    const report = await patchConnectors(
      selected,
      { ...flags, dryRun: flags['dry-run'], patch },
      await this.targets(flags),
      {
        ...ports,
        confirmChanges,
      },
    );
    await this.present(report, patchView, flags);
  }
}
