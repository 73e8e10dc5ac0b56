import { randomUUID } from 'node:crypto';
import { boolean, integer, string } from '@oclif/core/flags';
import { DlqCommand } from '../../src/cli/dlq-command.ts';
import { queueFlag, queueName, recordFilter, recordFilterFlags, sinkArg } from '../../src/cli/dlq-flags.ts';
import { changeFlags, dryRunFlag, outputFlags, yesFlag } from '../../src/cli/flags.ts';
import { dlqReplayView, replayText } from '../../src/cli/views/dlq-replay.ts';
import { DEFAULTS } from '../../src/dlq/request.ts';
import { SluiceError } from '../../src/errors/error.ts';

export default class DlqReplay extends DlqCommand {
  static override summary = 'Send the records of a dead letter queue to the topics they came from, none of them twice.';
  static override description =
    'Key, value, headers, timestamp and partition stay as they are, without what Connect wrote about the failure, and with the header sluice.replayed. The queue keeps its records; sluice remembers in the topic sluice-dlq-replays which ones it has replayed, in the same transaction. Exit 14: some records could not be replayed.';
  static override examples = [
    '<%= config.bin %> dlq replay orders-sink --dry-run',
    '<%= config.bin %> dlq replay orders-sink --cause "connection refused" --rate 100 --yes',
    '<%= config.bin %> dlq replay --from orders-dlq.jsonl --to-topic orders-retry --yes',
  ];
  static override args = sinkArg;
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...dryRunFlag,
    ...queueFlag,
    from: string({
      description: 'Replay the records of a file of `sluice dlq export`.',
      helpValue: 'FILE',
      exclusive: ['queue'],
    }),
    'to-topic': string({
      description: 'Send all records to this topic, not to those they came from.',
      helpValue: 'TOPIC',
    }),
    ...recordFilterFlags,
    rate: integer({ description: 'Send at most this many records a second.', min: 1, helpValue: 'N' }),
    'max-attempts': integer({
      description: 'Leave records that failed again after this many replays.',
      default: DEFAULTS.maxAttempts,
      min: 1,
      helpValue: 'N',
    }),
    copies: boolean({ description: 'Replay each copy of a record that the sink queued several times.' }),
    'keep-error-headers': boolean({ description: 'Keep the headers that Connect wrote about the failure.' }),
    ...yesFlag,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(DlqReplay);
    const [{ replay }, { queueSource, fileSource }, { recordedReplay }] = await Promise.all([
      import('../../src/dlq/replay.ts'),
      import('../../src/dlq/sources.ts'),
      import('../../src/dlq/record.ts'),
    ]);
    if (flags.from !== undefined && args.sink !== undefined)
      throw new SluiceError('USAGE', 'a sink and --from cannot be combined', { hint: 'Use one or the other.' });
    await using cluster = await this.connect(flags);
    const ports = { ...(await this.decodingPorts(cluster)), run: randomUUID() };
    const filter = recordFilter(flags);
    const source =
      flags.from === undefined
        ? queueSource(ports.records, await this.openQueue(queueName(args.sink, flags.queue, 'replay'), cluster), {
            since: filter.since,
            signal: this.signal,
          })
        : await fileSource(flags.from, ports.records, this.logger);
    const { copies, rate } = flags;
    const request = {
      ...{ filter, rate, copies, toTopic: flags['to-topic'] },
      ...{ maxAttempts: flags['max-attempts'], keepErrorHeaders: flags['keep-error-headers'] },
    };
    const run = (dryRun: boolean) => replay(source, { ...request, dryRun }, cluster.name, ports);
    if (flags['dry-run']) return this.present(await run(true), dlqReplayView, flags);
    const { queue } = source;
    await this.approveChange(cluster.context, flags, `replay the records of ${queue}`, async () =>
      replayText(await run(true)),
    );
    const change = { context: cluster.name, queue, sink: args.sink };
    await this.present(await recordedReplay(change, () => run(false), this.recordPorts), dlqReplayView, flags);
  }
}
