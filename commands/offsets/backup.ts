import { boolean } from '@oclif/core/flags';
import { connectorArgs, connectorFlags, neededFileFlag } from '../../src/cli/flags.ts';
import { offsetReadFlags } from '../../src/cli/offset-flags.ts';
import { OffsetsCommand } from '../../src/cli/offsets-command.ts';
import { offsetsBackupView } from '../../src/cli/views/offsets-backup.ts';

export default class OffsetsBackup extends OffsetsCommand {
  static override summary = 'Write the offsets of connectors into one file, for offsets restore and offsets diff.';
  static override description =
    'The file (schemas/offsets-backup.json) is readable by its owner only. It names the Kafka cluster and the class of each connector, so that it is not restored elsewhere by mistake. Running connectors go on; their offsets are those of the moment. Requires Kafka Connect 3.5.';
  static override examples = [
    '<%= config.bin %> offsets backup --all --save backup.json',
    '<%= config.bin %> offsets backup orders-sink orders-source --save backup.json --force',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...offsetReadFlags,
    ...connectorFlags,
    save: neededFileFlag({ description: 'The file to write.' }),
    force: boolean({ description: 'Replace an existing file.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(OffsetsBackup);
    const { backupOffsets } = await import('../../src/operate/offsets/read.ts');
    const { cluster, names, undecided } = await this.select('backup', args, flags);
    const into = { file: flags.save, replace: flags.force };
    const report = await backupOffsets(names, into, await this.offsetsPorts(cluster), { ...this.ports, undecided });
    await this.present(report, offsetsBackupView, flags);
  }
}
