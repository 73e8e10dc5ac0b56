import { string as argument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { DlqCommand } from '../../src/cli/dlq-command.ts';
import { changeFlags, dryRunFlag, outputFlags, stableFlag, waitFlags, yesFlag } from '../../src/cli/flags.ts';
import { dlqRecoverView } from '../../src/cli/views/dlq-recover.ts';

export default class DlqRecover extends DlqCommand {
  static override summary =
    'Finish a quarantine that was interrupted: the sink gets its former configuration and state back.';
  static override description =
    'If the refused record was copied to the queue, the sink goes on after it; otherwise it stays where it was. Keys that someone else has changed in the meantime stay as they are.';
  static override examples = [
    '<%= config.bin %> dlq recover orders-sink --dry-run',
    '<%= config.bin %> dlq recover orders-sink --yes',
  ];
  static override args = {
    sink: argument({ description: 'Sink whose quarantine was interrupted.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(undefined, 'the sink is stopped'),
    ...stableFlag,
    ...dryRunFlag,
    ...yesFlag,
    keep: boolean({ description: 'Leave the sink as it is, and forget the quarantine.' }),
  };

  protected override readonly warnsOfInterrupted = false;

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(DlqRecover);
    const [{ recoverQuarantine }, { recordedRecovery }] = await Promise.all([
      import('../../src/dlq/quarantine/recover.ts'),
      import('../../src/dlq/record.ts'),
    ]);
    await using cluster = await this.connect(flags);
    const ports = await this.quarantinePorts(cluster, flags);
    const run = (dryRun: boolean) => recoverQuarantine(args.sink, { keep: flags.keep, dryRun }, ports);
    const preview = await run(true);
    if (!preview.isInterrupted)
      return this.present({ ...preview, dryRun: flags['dry-run'] ?? false }, dlqRecoverView, flags);
    if (flags['dry-run']) return this.present(preview, dlqRecoverView, flags);
    const text = flags.keep ? `forget the quarantine of ${args.sink}` : `end the quarantine of ${args.sink}`;
    await this.approveChange(cluster.context, flags, text, async () => text);
    const change = { context: cluster.name, sink: args.sink };
    await this.present(await recordedRecovery(change, () => run(false), this.recordPorts), dlqRecoverView, flags);
  }
}
