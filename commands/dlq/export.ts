import { DlqCommand } from '../../src/cli/dlq-command.ts';
import {
  queueFlag,
  queueName,
  recordFilter,
  recordFilterFlags,
  rowsFileFlag,
  sinkArg,
} from '../../src/cli/dlq-flags.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { dlqExportView } from '../../src/cli/views/dlq-export.ts';

export default class DlqExport extends DlqCommand {
  static override summary = 'Write the records of a dead letter queue to a file, byte for byte.';
  static override description =
    'One line of JSON per record, which `sluice dlq replay --from FILE` can read back. The file holds row data: only you can read it. It appears under its name when it is complete.';
  static override examples = [
    '<%= config.bin %> dlq export orders-sink --to orders-dlq.jsonl',
    '<%= config.bin %> dlq export --queue orders-dlq --since 24h --to today.jsonl',
  ];
  static override args = sinkArg;
  static override flags = {
    output: outputFlags().output,
    json: outputFlags().json,
    to: rowsFileFlag({
      description: 'File for the records; an existing one is replaced.',
      required: true,
    }),
    ...contextFlags,
    ...queueFlag,
    ...recordFilterFlags,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(DlqExport);
    const { exportQueue } = await import('../../src/dlq/export.ts');
    await using cluster = await this.connect(flags);
    const queue = await this.openQueue(queueName(args.sink, flags.queue, 'export'), cluster);
    const { to: file, ...others } = flags;
    const request = { filter: recordFilter(flags), file };
    const report = await exportQueue(queue, request, cluster.name, await this.decodingPorts(cluster));
    await this.present(report, dlqExportView, others);
  }
}
