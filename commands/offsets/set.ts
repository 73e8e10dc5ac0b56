import { boolean, string } from '@oclif/core/flags';
import { connectorArgs, connectorFlags } from '../../src/cli/flags.ts';
import { offsetsInFile, sinkRequest, sourceOffsets } from '../../src/cli/offset-args.ts';
import { offsetChangeFlags, partitionFlags, whereFlags } from '../../src/cli/offset-flags.ts';
import { OffsetsCommand } from '../../src/cli/offsets-command.ts';
import { SluiceError } from '../../src/errors/error.ts';

export default class OffsetsSet extends OffsetsCommand {
  static override summary =
    'Set offsets of connectors: stop, back up, change, read back, and return to the former state.';
  static override description =
    'Of a sink, all partitions are changed, or those chosen by --topic and --partition; --partition TOPIC:N=WHERE takes earliest, latest, an offset, +N, -N, a time or a duration ago. Of a source, its own offset documents are replaced, by --source-partition and --source-offset or from --source-file. Offsets out of the range of a topic are refused. If it is interrupted, offsets recover finishes or undoes it. Requires Kafka Connect 3.6.';
  static override examples = [
    '<%= config.bin %> offsets set orders-sink --to-earliest --dry-run',
    '<%= config.bin %> offsets set orders-sink --to-time 2h --topic orders',
    '<%= config.bin %> offsets set orders-sink --partition orders:0=42 --partition orders:1=latest',
    `<%= config.bin %> offsets set orders-source --source-partition '{"server":"shop"}' --source-offset '{"lsn":24023128}'`,
  ];
  static override args = connectorArgs;
  static override flags = {
    ...offsetChangeFlags,
    ...connectorFlags,
    ...whereFlags,
    ...partitionFlags('Of a sink: only this partition, with = its own place; can be repeated.', 'TOPIC:N[=WHERE]'),
    'source-offset': string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'Of a source: the offset of the --source-partition before it, as JSON; null resets it.',
      helpValue: 'JSON',
    }),
    'source-file': string({
      description: 'Of a source: partitions and offsets from this file, as JSON.',
      helpValue: 'FILE',
    }),
    add: boolean({ description: 'Of a source: also partitions that it has no offset for.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(OffsetsSet);
    const sink = sinkRequest(flags, this.clock.now().getTime());
    const typed = sourceOffsets(flags);
    const { readOffsetsFile } = await import('../../src/operate/offsets/backup.ts');
    const { 'source-file': file } = flags;
    const read = file === undefined ? undefined : offsetsInFile(readOffsetsFile(file), file);
    const source = typed === undefined && read === undefined ? undefined : [...(typed ?? []), ...(read ?? [])];
    if (sink === undefined && source === undefined)
      throw new SluiceError('USAGE', 'set the offsets to what?', {
        hint: 'For sinks say where to, such as --to-earliest, for sources --source-partition and --source-offset. See: sluice offsets set --help',
      });
    const selected = await this.select('set', args, flags);
    await this.changeOffsets(selected, { verb: 'set', sink, source, add: flags.add }, flags);
  }
}
