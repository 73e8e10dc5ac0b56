import { string as argument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { loggersView } from '../../src/cli/views/loggers.ts';

export default class LoggersGet extends SluiceCommand {
  static override summary = 'Show the log levels of the worker that answers.';
  static override description =
    'Without names, only the loggers that differ from the logger above them, or were set over REST. A name that the worker does not list has the level of the nearest logger above it. Requires Kafka Connect 2.4.';
  static override examples = ['<%= config.bin %> loggers get', "<%= config.bin %> loggers get 'io.debezium.*' --json"];
  static override args = {
    loggers: argument({
      description: "Loggers, by name or glob ('io.debezium.*').",
      multiple: true,
      required: false,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...outputFlags(),
    ...contextFlags,
    all: boolean({ description: 'Every logger of the worker.' }),
    search: string({ description: 'Only loggers whose name contains this text.', helpValue: 'TEXT' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(LoggersGet);
    const { readLoggers } = await import('../../src/operate/loggers.ts');
    const cluster = await this.connect(flags);
    const worker = await this.worker(cluster);
    const report = await readLoggers(worker.client, { ...flags, names: args.loggers ?? [] });
    await this.remind(cluster);
    await this.present({ context: cluster.name, ...report }, loggersView, flags);
  }
}
