import { boolean, string } from '@oclif/core/flags';
import { DlqCommand } from '../../src/cli/dlq-command.ts';
import { queueFlag, queueName, sinkArg, timeFlag } from '../../src/cli/dlq-flags.ts';
import { changeFlags, dryRunFlag, outputFlags, yesFlag } from '../../src/cli/flags.ts';
import { dlqPurgeView, purgeText } from '../../src/cli/views/dlq-purge.ts';

export default class DlqPurge extends DlqCommand {
  static override summary = 'Delete the oldest records of a dead letter queue.';
  static override description =
    'In each partition, everything before the first record that is as recent as --before: Kafka deletes no single records. Refuses to delete a record that was neither replayed to its topic nor exported, unless --force says so.';
  static override examples = [
    '<%= config.bin %> dlq purge orders-sink --before 7d --dry-run',
    '<%= config.bin %> dlq purge orders-sink --before 2026-11-01T00:00Z --exported orders-dlq.jsonl --yes',
  ];
  static override args = sinkArg;
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...dryRunFlag,
    ...queueFlag,
    before: timeFlag({
      description: 'Delete records before this time: 7d ago, or 2026-11-01T00:00:00Z.',
      required: true,
    }),
    exported: string({
      description: 'A file of `sluice dlq export`: its records may be deleted.',
      helpValue: 'FILE',
    }),
    force: boolean({ description: 'Also delete records that were neither replayed to their topic nor exported.' }),
    ...yesFlag,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(DlqPurge);
    const [{ planPurge, purge }, { recordedPurge }] = await Promise.all([
      import('../../src/dlq/purge.ts'),
      import('../../src/dlq/record.ts'),
    ]);
    await using cluster = await this.connect(flags);
    const queue = await this.openQueue(queueName(args.sink, flags.queue, 'purge'), cluster);
    const ports = await this.dlqPorts(cluster);
    const plan = await planPurge(queue, flags, ports);
    const report = { ...plan, context: cluster.name, dryRun: flags['dry-run'] ?? false };
    if (flags['dry-run'] || plan.records === 0) return this.present(report, dlqPurgeView, flags);
    const { name } = queue.topic;
    await this.approveChange(cluster.context, flags, purgeText(report), async () => purgeText(report));
    const change = { context: cluster.name, queue: name, sink: args.sink };
    const run = async () => {
      await purge(queue, plan, ports.records);
      return report;
    };
    await this.present(await recordedPurge(change, run, this.recordPorts), dlqPurgeView, flags);
  }
}
