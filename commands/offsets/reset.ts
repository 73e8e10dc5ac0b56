import { connectorArgs, connectorFlags } from '../../src/cli/flags.ts';
import { sinkSelection, sourcePartitions } from '../../src/cli/offset-args.ts';
import { offsetChangeFlags, partitionFlags } from '../../src/cli/offset-flags.ts';
import { OffsetsCommand } from '../../src/cli/offsets-command.ts';

export default class OffsetsReset extends OffsetsCommand {
  static override summary = 'Remove offsets of connectors, so that they start over; as safe as offsets set.';
  static override description =
    'A sink then reads from the earliest record, unless auto.offset.reset says otherwise; a source does what it does when it is new, such as a snapshot. Without --topic, --partition or --source-partition everything is reset. Requires Kafka Connect 3.6.';
  static override examples = [
    '<%= config.bin %> offsets reset orders-source --dry-run',
    '<%= config.bin %> offsets reset orders-sink --partition orders:0',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...offsetChangeFlags,
    ...connectorFlags,
    ...partitionFlags('Of a sink: only this partition; can be repeated.', 'TOPIC:N'),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(OffsetsReset);
    const sink = sinkSelection(flags);
    const source = sourcePartitions(flags['source-partition']);
    const selected = await this.select('reset', args, flags);
    await this.changeOffsets(selected, { verb: 'reset', sink, source }, flags);
  }
}
