import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, durationFlag, outputFlags } from '../src/cli/flags.ts';
import { connectorView, statusView } from '../src/cli/views/status.ts';

export default class Status extends SluiceCommand {
  static override summary = 'Show connector health, worst first.';
  static override description =
    'A connector is healthy when it and all its tasks run and, for a sink, its consumer group has a member for each task. Exit 0: none is unhealthy; 10: at least one is; 12: Connect or Kafka cannot be reached.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status orders-sink --json',
    '<%= config.bin %> status --watch --interval 5s',
  ];
  static override args = {
    name: string({ description: 'Only this connector, in full.', ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...contextFlags,
    watch: boolean({ description: 'Look again and again until Ctrl-C; with --json one line of JSON per look.' }),
    interval: durationFlag({ description: 'Time between two looks of --watch.', default: '2s' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    const { context, client } = await this.connect(flags);
    const [{ readStatus, watchStatus }, { GroupReader }, { kafkaOpener }, { durationMs }] = await Promise.all([
      import('../src/monitor/status.ts'),
      import('../src/monitor/group-reader.ts'),
      import('../src/kafka/open.ts'),
      import('../src/config/duration.ts'),
    ]);
    await using groups = new GroupReader(kafkaOpener(context));
    const view = args.name === undefined ? statusView : connectorView;
    const options = {
      client,
      groups,
      clock: this.clock,
      signal: this.signal,
      context: context.name,
      name: args.name,
    };
    if (!flags.watch) return this.present(await readStatus(options), view, flags);
    const { watchText, watchLine } = await import('../src/cli/views/watch.ts');
    for await (const look of watchStatus({ ...options, everyMs: durationMs(flags.interval) ?? 2000 })) {
      this.emit(watchLine(look), watchText(look, view, this.terminal.out), flags);
    }
    this.endInterrupted();
  }
}
