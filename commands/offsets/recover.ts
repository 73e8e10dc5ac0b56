import { boolean } from '@oclif/core/flags';
import { connectorArgs } from '../../src/cli/flags.ts';
import { offsetChangeFlags } from '../../src/cli/offset-flags.ts';
import { OffsetsCommand } from '../../src/cli/offsets-command.ts';
import { assertNamed } from '../../src/cli/operate-args.ts';
import { offsetsChangeView } from '../../src/cli/views/offsets-change.ts';

export default class OffsetsRecover extends OffsetsCommand {
  static override summary = 'Finish or undo a change of offsets that was interrupted.';
  static override description =
    'Without --undo, --finish or --keep, it is finished if the new offsets are in place, and undone otherwise; either way the connector gets its former state back. What someone else has changed in the meantime is overwritten only with --undo or --finish.';
  static override examples = [
    '<%= config.bin %> offsets recover orders-sink --dry-run',
    '<%= config.bin %> offsets recover orders-sink --undo',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...offsetChangeFlags,
    undo: boolean({ description: 'Restore the former offsets and the former state.', exclusive: ['finish', 'keep'] }),
    finish: boolean({ description: 'Set the new offsets, and restore the former state.', exclusive: ['keep'] }),
    keep: boolean({ description: 'Leave the connector as it is, and forget the change.' }),
  };

  protected override readonly warnsOfInterrupted = false;

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(OffsetsRecover);
    const [{ recoverOffsets }, { pendingNames }] = await Promise.all([
      import('../../src/operate/offsets/recover.ts'),
      import('../../src/operate/offsets/change.ts'),
    ]);
    assertNamed('offsets recover', args.names);
    const wish = (['undo', 'finish', 'keep'] as const).find((one) => flags[one]);
    const { cluster, names } = await this.select('recover', args, flags);
    const ports = await this.offsetsPorts(cluster);
    const preview = await this.preview(flags, (options) => recoverOffsets(names, wish, ports, options));
    const pending = pendingNames(preview);
    if (flags['dry-run'] || pending.length === 0) return this.present(preview, offsetsChangeView, flags);
    await this.carryOut(cluster, preview, pending, flags, (options) => recoverOffsets(pending, wish, ports, options));
  }
}
