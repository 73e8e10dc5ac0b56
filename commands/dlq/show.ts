import { boolean, integer } from '@oclif/core/flags';
import { DlqCommand } from '../../src/cli/dlq-command.ts';
import { queueFlag, queueName, recordFilter, recordFilterFlags, sinkArg } from '../../src/cli/dlq-flags.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { type DlqFollowDocument, dlqShowView, recordText } from '../../src/cli/views/dlq-show.ts';

export default class DlqShow extends DlqCommand {
  static override summary = 'Show the records of a dead letter queue: why they failed, and what they hold.';
  static override description =
    'Without --limit and --offset, shows the reasons, with counts. Keys and values are decoded as JSON, text or bytes, and through the context’s schemaRegistry as Avro or JSON Schema. Exit 0 even if the queue is empty.';
  static override examples = [
    '<%= config.bin %> dlq show orders-sink',
    '<%= config.bin %> dlq show orders-sink --limit 5 --cause "could not be parsed"',
    '<%= config.bin %> dlq show --queue orders-dlq --partition 0 --offset 42 --json',
    '<%= config.bin %> dlq show orders-sink --follow --json',
  ];
  static override args = sinkArg;
  static override flags = {
    ...outputFlags(),
    ...contextFlags,
    ...queueFlag,
    ...recordFilterFlags,
    limit: integer({
      description: 'Show this many records, the latest ones, instead of reasons.',
      min: 1,
      max: 1000,
      helpValue: 'N',
    }),
    partition: integer({ description: 'Only this partition of the queue.', min: 0, helpValue: 'N' }),
    offset: integer({
      description: 'Show the record at this offset, or --limit records from there on.',
      min: 0,
      helpValue: 'N',
    }),
    follow: boolean({
      char: 'f',
      description: 'Show new records as they arrive, until Ctrl-C; with --json, one line of JSON each.',
      exclusive: ['limit', 'offset'],
    }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(DlqShow);
    const { followQueue, showQueue } = await import('../../src/dlq/show.ts');
    await using cluster = await this.connect(flags);
    const queue = await this.openQueue(queueName(args.sink, flags.queue, 'show'), cluster);
    const ports = await this.decodingPorts(cluster);
    const { limit, partition, offset } = flags;
    const request = { filter: recordFilter(flags), limit, partition, offset };
    if (!flags.follow) return this.present(await showQueue(queue, request, cluster.name, ports), dlqShowView, flags);
    try {
      for await (const record of followQueue(queue, request, ports))
        this.emit<DlqFollowDocument>(
          { queue: queue.topic.name, ...record },
          recordText(record, queue.topic.name, this.terminal.out),
          flags,
        );
    } catch (error) {
      if (!this.signal.aborted) throw error;
    }
    this.endInterrupted();
  }
}
