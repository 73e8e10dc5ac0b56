import { DlqCommand } from '../../src/cli/dlq-command.ts';
import { connectorArgs, contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { dlqListView } from '../../src/cli/views/dlq-list.ts';

export default class DlqList extends DlqCommand {
  static override summary = 'List every sink with its dead letter queue: how many records, and how old.';
  static override description =
    'Also sinks without a queue, and settings that keep failed records out of it. Connect keeps the timestamps of the original records, unless the topic has message.timestamp.type=LogAppendTime.';
  static override examples = ['<%= config.bin %> dlq list', '<%= config.bin %> dlq list orders-sink --json'];
  static override args = connectorArgs;
  static override flags = { ...outputFlags(), ...contextFlags };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(DlqList);
    const { listQueues } = await import('../../src/dlq/list.ts');
    await using cluster = await this.connect(flags);
    const ports = await this.dlqPorts(cluster);
    const report = await listQueues(args.names ?? [], cluster.name, cluster.client, ports.records, ports);
    await this.present(report, dlqListView, flags);
  }
}
