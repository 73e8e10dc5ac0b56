import { connectorArgs, connectorFlags } from '../../src/cli/flags.ts';
import { offsetReadFlags } from '../../src/cli/offset-flags.ts';
import { OffsetsCommand } from '../../src/cli/offsets-command.ts';
import { offsetsGetView } from '../../src/cli/views/offsets-get.ts';

export default class OffsetsGet extends OffsetsCommand {
  static override summary = 'Show the offsets of connectors; of sinks also the range of each partition, and the lag.';
  static override description =
    'Of a sink, what its consumer group has committed; of a source, its own offset document for each partition. Ranges and lag need the context’s Kafka. Requires Kafka Connect 3.5.';
  static override examples = [
    '<%= config.bin %> offsets get orders-sink',
    '<%= config.bin %> offsets get orders-source --json',
    '<%= config.bin %> offsets get --all',
  ];
  static override args = connectorArgs;
  static override flags = { ...offsetReadFlags, ...connectorFlags };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(OffsetsGet);
    const { getOffsets } = await import('../../src/operate/offsets/read.ts');
    const { cluster, names, undecided } = await this.select('get', args, flags);
    const options = { ...this.ports, undecided };
    await this.present(await getOffsets(names, await this.offsetsPorts(cluster), options), offsetsGetView, flags);
  }
}
