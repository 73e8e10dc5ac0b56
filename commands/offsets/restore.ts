import { boolean, string } from '@oclif/core/flags';
import { connectorArgs } from '../../src/cli/flags.ts';
import { offsetChangeFlags } from '../../src/cli/offset-flags.ts';
import { OffsetsCommand } from '../../src/cli/offsets-command.ts';

export default class OffsetsRestore extends OffsetsCommand {
  static override summary = 'Restore offsets of connectors from a backup file, as safely as offsets set.';
  static override description =
    "The connectors then have exactly the offsets of the file: partitions that it does not have are reset. Refuses another connector's, another class's or another Kafka cluster's backup unless --force is given, and offsets that a topic no longer has. Requires Kafka Connect 3.6.";
  static override examples = [
    '<%= config.bin %> offsets restore orders-sink --backup backup.json --dry-run',
    '<%= config.bin %> offsets restore --all --backup backup.json',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...offsetChangeFlags,
    all: boolean({ description: 'Every connector in the file.' }),
    backup: string({ description: 'The backup file.', helpValue: 'FILE', required: true }),
    of: string({ description: 'Connector in the file, if it has another name (with --force).', helpValue: 'NAME' }),
    force: boolean({ description: "Restore another connector's or another cluster's backup." }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(OffsetsRestore);
    const { readBackup } = await import('../../src/operate/offsets/backup.ts');
    const backup = await readBackup(flags.backup);
    const names = await this.selectIn(backup, 'restore', args, flags.all);
    await using cluster = await this.connect(flags);
    const { of, force } = flags;
    await this.changeOffsets({ cluster, names, undecided: [] }, { verb: 'restore', backup, of, force }, flags);
  }
}
