import type { Context } from '../config/targets.ts';
import type { QueueName } from '../dlq/queues.ts';
import { SluiceCommand } from './command.ts';
import type { OpenContext } from './context.ts';
import type { ApprovalFlags } from './guard.ts';

/** What the dlq commands share. */
export abstract class DlqCommand extends SluiceCommand {
  /** Records of the cluster, and what else the use cases work with. */
  protected async dlqPorts(cluster: OpenContext) {
    const [records, decoder] = await Promise.all([cluster.records(), cluster.decoder()]);
    return { records, decoder, clock: this.clock, signal: this.signal, logger: this.logger };
  }

  protected async openQueue(name: QueueName, cluster: OpenContext) {
    const [{ openQueue }, records] = await Promise.all([import('../dlq/queues.ts'), cluster.records()]);
    const topics = async () => (await (await cluster.kafka())?.topics()) ?? [];
    return openQueue(name, cluster.client, { records, topics, logger: this.logger });
  }

  /**
   * Asks before a change, unless a flag has answered.
   * @param planned what will be done, which may take long to find out
   * @param change the same without the details
   */
  protected async approveChange(
    context: Context,
    flags: ApprovalFlags,
    change: string,
    planned: () => Promise<string>,
  ): Promise<void> {
    if (context.protected ? flags.confirm === context.name : flags.yes) return;
    const text = this.terminal.canAsk && flags.confirm === undefined ? await planned() : change;
    await this.askFor(text, context, flags);
  }

  protected get recordPorts() {
    return { store: () => this.store(), clock: this.clock, logger: this.logger };
  }
}
