import { sinkSelection, sourcePartitions } from '../../src/cli/offset-args.ts';
import { allFlag, namesArg, offsetChangeFlags, partitionFlags } from '../../src/cli/offset-flags.ts';
import { OffsetsCommand } from '../../src/cli/offsets-command.ts';

export default class OffsetsReset extends OffsetsCommand {
  static override summary = 'Remove offsets of connectors, so that they start over: a safe operation as offsets set.';
  static override description =
    'A sink then reads from the earliest record, unless auto.offset.reset says otherwise; a source does what it does when it is new, such as a snapshot. Without --topic, --partition or --source-partition everything is reset. Requires Kafka Connect 3.6.';
  static override examples = [
    '<%= config.bin %> offsets reset orders-source --dry-run',
    '<%= config.bin %> offsets reset orders-sink --partition orders:0',
  ];
  static override args = namesArg;
  static override flags = {
    ...offsetChangeFlags,
    ...allFlag,
    ...partitionFlags('Of a sink: only this partition; can be repeated.', 'TOPIC:N'),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(OffsetsReset);
    const sink = sinkSelection(flags);
    const source = sourcePartitions(flags['source-partition']);
    await using cluster = await this.connect(flags);
    const names = await this.chosen(cluster, args.names, flags.all);
    await this.changeOffsets(cluster, names, { verb: 'reset', sink, source }, flags);
  }
}
