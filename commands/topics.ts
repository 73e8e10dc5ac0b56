import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, dryRunFlag, outputFlags, yesFlag } from '../src/cli/flags.ts';
import { topicsView } from '../src/cli/views/topics.ts';

export default class Topics extends SluiceCommand {
  static override summary = 'Show the topics that a connector has used, with partitions, size and retention.';
  static override description =
    'Connect remembers every topic from which a sink has received, or to which a source has sent, a record since it was created or reset. --reset makes Connect forget them, for instance after a change of topics; the topics themselves are untouched. Sizes and retention need Kafka in the context.';
  static override examples = ['<%= config.bin %> topics orders-sink', '<%= config.bin %> topics orders-sink --reset'];
  static override args = { name: string({ description: 'The connector.', required: true, ignoreStdin: true }) };
  static override flags = {
    reset: boolean({ description: 'Make Connect forget the topics; they are listed first.' }),
    ...outputFlags(),
    ...changeFlags,
    ...dryRunFlag,
    ...yesFlag,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Topics);
    const { readTopics, resetTopics } = await import('../src/inspect/topics.ts');
    await using cluster = await this.connect(flags);
    const { client, context } = cluster;
    const ports = { topics: await cluster.topics(), inspection: await cluster.inspection(), signal: this.signal };
    const report = await readTopics(client, { context: cluster.name, name: args.name }, ports);
    if (!flags.reset || flags['dry-run']) return this.present(report, topicsView, flags);
    const names = [args.name];
    await this.approve(context, flags, { verb: 'reset the topics in use of', names, destroys: true });
    await this.present(
      await resetTopics(client, report, { ...this.ports, store: () => this.store() }),
      topicsView,
      flags,
    );
  }
}
