import { string as argument } from '@oclif/core/args';
import { boolean, integer } from '@oclif/core/flags';
import { DlqCommand } from '../../src/cli/dlq-command.ts';
import { queueFlag } from '../../src/cli/dlq-flags.ts';
import { changeFlags, outputFlags, stableFlag, waitFlags, yesFlag } from '../../src/cli/flags.ts';
import { dlqQuarantineView, quarantineText } from '../../src/cli/views/dlq-quarantine.ts';
import { DEFAULTS } from '../../src/dlq/request.ts';

export default class DlqQuarantine extends DlqCommand {
  static override summary =
    'Get a sink past a record that its target refuses: find it, copy it to the queue, go on after it.';
  static override description =
    'To find it, the sink is stopped and run again with one task and one record at a time, partition by partition; what the target takes is written meanwhile, and nothing twice. The former configuration and state come back in any case; if the command is killed, the next run or `sluice dlq recover` brings them back. Exit 14: the sink fails again, perhaps at another such record. Requires Kafka Connect 3.6.';
  static override examples = [
    '<%= config.bin %> dlq quarantine orders-sink --dry-run',
    '<%= config.bin %> dlq quarantine orders-sink --max 5',
    '<%= config.bin %> dlq quarantine orders-sink --queue orders-dead --yes',
  ];
  static override args = {
    sink: argument({ description: 'Sink that has failed.', required: true, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(undefined, 'the sink runs with its former configuration'),
    ...stableFlag,
    'dry-run': boolean({
      char: 'n',
      description: 'Only find and show the records. The sink is run for that, too, so it asks.',
    }),
    ...yesFlag,
    queue: {
      ...queueFlag.queue,
      description:
        'Copy to this topic, instead of the dead letter queue of the sink. It must be a queue: no sink reads it, no source writes to it.',
    },
    max: integer({
      description: 'Quarantine at most this many records.',
      default: DEFAULTS.maxRecords,
      min: 1,
      helpValue: 'N',
    }),
  };

  protected override readonly warnsOfInterrupted = false;

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(DlqQuarantine);
    const [{ quarantine }, { assess }, { assertQueue }, { recordedQuarantine }] = await Promise.all([
      import('../../src/dlq/quarantine/quarantine.ts'),
      import('../../src/dlq/quarantine/assess.ts'),
      import('../../src/dlq/quarantine/named-queue.ts'),
      import('../../src/dlq/record.ts'),
    ]);
    await using cluster = await this.connect(flags);
    const ports = { ...(await this.quarantinePorts(cluster, flags)), ...(await this.decodingPorts(cluster)) };
    const request = { max: flags.max, dryRun: flags['dry-run'] ?? false };
    await this.recoverFirst(args.sink, cluster, ports, flags);
    const { topic } = await this.openQueue(
      flags.queue === undefined ? { sink: args.sink } : { topic: flags.queue },
      cluster,
    );
    if (flags.queue !== undefined) await assertQueue(topic, ports);
    const found = await assess(args.sink, topic, ports);
    for (const note of found.notes) this.logger.warn(note);
    const text = quarantineText(args.sink, topic.name, found, request);
    await this.approveChange(cluster.context, flags, text, async () => text);
    using _waiting = this.terminal.waiting(`Looking for the refused record of ${args.sink}`);
    const run = () => quarantine(args.sink, topic, request, ports);
    const report = await recordedQuarantine({ context: cluster.name, sink: args.sink }, run, this.recordPorts);
    await this.present(report, dlqQuarantineView, flags);
  }
}
