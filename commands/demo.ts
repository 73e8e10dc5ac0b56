import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { outputFlags } from '../src/cli/flags.ts';
import { demoView } from '../src/cli/views/demo.ts';
import { packagePath } from '../src/config/package-root.ts';
import { userFolders } from '../src/config/paths.ts';

export default class Demo extends SluiceCommand {
  static override summary =
    'Show the whole path on a real stack: build a pipeline, feed it, damage a row, find it and repair it.';
  static override description =
    `Starts its own sandbox, streams a small shop from one PostgreSQL through Debezium, Kafka and a JDBC sink into another,
compares every row of both, damages one, finds exactly that one, repairs it, then pauses, resumes and scales. Leaves nothing running.`;
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --keep'];
  static override flags = {
    ...outputFlags(),
    keep: boolean({ description: 'Keep the sandbox and the pipeline running.', default: false }),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(Demo);
    const { runDemo } = await import('../src/demo/demo.ts');
    const { state, cache } = userFolders();
    const report = await runDemo({
      keep: flags.keep,
      stateFolder: state,
      cacheFolder: cache,
      pom: packagePath('sandbox', 'pom.xml'),
      environment: this.environment,
      clock: this.clock,
      signal: this.signal,
      logger: this.logger,
      progress: this.terminal.progress,
    });
    await this.present(report, demoView, flags);
  }
}
