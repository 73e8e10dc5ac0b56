import type { Context } from '../config/targets.ts';
import type { JournalPorts } from '../dlq/quarantine/sink.ts';
import type { QueueName } from '../dlq/queues.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import { SluiceCommand } from './command.ts';
import type { OpenContext } from './context.ts';
import type { ApprovalFlags } from './guard.ts';
import type { OperateFlags } from './operate-options.ts';

/** What the dlq commands share. */
export abstract class DlqCommand extends SluiceCommand {
  /** Records of the cluster, and what else the use cases work with. */
  protected async dlqPorts(cluster: OpenContext) {
    return { records: await cluster.records(), clock: this.clock, signal: this.signal, logger: this.logger };
  }

  /** The same, to decode keys and values. */
  protected async decodingPorts(cluster: OpenContext) {
    const [ports, decoder] = await Promise.all([this.dlqPorts(cluster), cluster.decoder()]);
    return { ...ports, decoder };
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

  /** What a quarantine and its recovery work with. */
  protected async quarantinePorts(cluster: OpenContext, flags: OperateFlags) {
    const [records, lead, kafka, { Journal }, { userFolders }, { operateOptions }] = await Promise.all([
      cluster.records(),
      cluster.groupLeader(),
      cluster.kafka() as Promise<KafkaPort>,
      import('../operate/journal.ts'),
      import('../config/paths.ts'),
      import('./operate-options.ts'),
    ]);
    return {
      ...{ client: cluster.client, kafka, records, lead, context: cluster.name },
      journal: new Journal(userFolders(this.environment).state, this.clock),
      options: { ...operateOptions(flags, this.clock, this.signal), dryRun: false },
    };
  }

  /** Ends a quarantine of the sink that was interrupted, so that another one can begin. */
  protected async recoverFirst(
    sink: string,
    cluster: OpenContext,
    ports: JournalPorts,
    flags: ApprovalFlags,
  ): Promise<void> {
    const { clusterOf, interruptedText } = await import('../operate/journal.ts');
    const id = await clusterOf(cluster.client);
    const earlier = ports.journal
      .interrupted()
      .find(({ kind, connector, place }) => kind === 'dlq' && connector === sink && place.cluster === id);
    if (earlier === undefined) return;
    this.logger.warn(interruptedText(earlier));
    const text = `first bring back the former configuration and state of ${sink}`;
    await this.approveChange(cluster.context, flags, text, async () => text);
    const [{ recoverQuarantine }, { recordedRecovery }] = await Promise.all([
      import('../dlq/quarantine/recover.ts'),
      import('../dlq/record.ts'),
    ]);
    const run = () => recoverQuarantine(sink, { keep: false, dryRun: false }, ports);
    const { notes } = await recordedRecovery({ context: cluster.name, sink }, run, this.recordPorts);
    for (const note of notes) this.logger.warn(note);
  }

  protected get recordPorts() {
    return { store: () => this.store(), clock: this.clock, logger: this.logger };
  }
}
