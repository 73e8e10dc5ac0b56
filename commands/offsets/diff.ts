import { boolean, string } from '@oclif/core/flags';
import { connectorArgs } from '../../src/cli/flags.ts';
import { offsetReadFlags } from '../../src/cli/offset-flags.ts';
import { OffsetsCommand } from '../../src/cli/offsets-command.ts';
import { offsetsDiffView } from '../../src/cli/views/offsets-diff.ts';

export default class OffsetsDiff extends OffsetsCommand {
  static override summary = 'Compare the live offsets of connectors with a backup file.';
  static override description =
    'Exit 0: they are the same; 10: they differ, or the file is of another cluster or class. Requires Kafka Connect 3.5.';
  static override examples = [
    '<%= config.bin %> offsets diff orders-sink --backup backup.json',
    '<%= config.bin %> offsets diff --all --backup backup.json --json',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...offsetReadFlags,
    all: boolean({ description: 'Every connector in the file.' }),
    backup: string({ description: 'The backup file.', helpValue: 'FILE', required: true }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(OffsetsDiff);
    const [{ diffOffsets }, { readBackup }] = await Promise.all([
      import('../../src/operate/offsets/read.ts'),
      import('../../src/operate/offsets/backup.ts'),
    ]);
    const backup = await readBackup(flags.backup);
    const names = await this.selectIn(backup, 'diff', args, flags.all);
    await using cluster = await this.connect(flags);
    const report = await diffOffsets(names, backup, await this.offsetsPorts(cluster), this.ports);
    await this.present(report, offsetsDiffView, flags);
  }
}
