import { string as argument } from '@oclif/core/args';
import { option } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { changeFlags, forFlag, levelArg, levelFlag, outputFlags } from '../../src/cli/flags.ts';
import { oneLevel } from '../../src/cli/operate-args.ts';
import { setLevelView } from '../../src/cli/views/loggers.ts';

export default class LoggersSet extends SluiceCommand {
  static override summary = 'Set a log level, with --for only for a while.';
  static override description =
    'With --for, the command stays in the foreground, and restores the former levels of the logger and of those below it at the end, at Ctrl-C and at SIGTERM. If it is killed, `loggers get` and `status` print the command that restores them. Requires Kafka Connect 2.4, with --scope cluster 3.7.';
  static override examples = [
    '<%= config.bin %> loggers set io.debezium DEBUG --for 10m',
    '<%= config.bin %> loggers set org.apache.kafka.connect.runtime.WorkerSinkTask TRACE --scope cluster --for 2m',
    '<%= config.bin %> loggers set root INFO',
  ];
  static override args = {
    logger: argument({ description: 'Logger: a class, a package, or root.', required: true, ignoreStdin: true }),
    level: levelArg,
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    level: levelFlag,
    scope: option({
      description: 'Only the worker that answers, or every worker of the cluster.',
      options: ['worker', 'cluster'] as const,
      default: 'worker',
    })(),
    for: forFlag('Restore the former level after this long.')(),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(LoggersSet);
    const [{ setLevel }, { recordedLevel }] = await Promise.all([
      import('../../src/operate/loggers.ts'),
      import('../../src/operate/record-level.ts'),
    ]);
    const { logger } = args;
    const { scope, for: forMs } = flags;
    const level = oneLevel(logger, args.level, flags.level);
    const cluster = await this.connectToChange(flags);
    const { client, name: context } = await this.worker(cluster);
    const store = await this.store();
    const ports = {
      ...{ context, client, raised: store.raisedLoggers, clock: this.clock, signal: this.signal, logger: this.logger },
      restoring: async () => (await this.worker(cluster, new AbortController().signal, client.urls)).client,
      onRaised: (until: string) =>
        this.terminal.note(
          `${logger} is ${level} on ${client.urls.join(', ')} until ${until}; Ctrl-C restores it at once`,
        ),
    };
    const recording = { store: async () => store, clock: this.clock, logger: this.logger };
    const set = () => setLevel({ logger, level, scope, forMs }, ports);
    await this.present(await recordedLevel({ logger, level, context }, set, recording), setLevelView, flags);
    this.endInterrupted();
  }
}
