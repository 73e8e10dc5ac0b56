import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { outputFlags } from '../src/cli/flags.ts';
import { sandboxPlace } from '../src/cli/sandbox-flags.ts';
import { demoView } from '../src/cli/views/demo.ts';

export default class Demo extends SluiceCommand {
  static override summary =
    'Show the whole path on a real stack: build a pipeline, feed it, damage a row, find it and repair it.';
  static override description =
    'Starts its own sandbox, and streams a small shop from one PostgreSQL through Debezium, Kafka and a JDBC sink into another. Compares every row, damages one, finds exactly that one, and repairs it. Then pauses, resumes and scales. Leaves nothing running.';
  static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --keep'];
  static override flags = {
    ...outputFlags(),
    keep: boolean({ description: 'Keep the sandbox and the pipeline running.', default: false }),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(Demo);
    const { runDemo } = await import('../src/demo/demo.ts');
    const report = await runDemo({
      keep: flags.keep,
      ...this.ports,
      ...sandboxPlace(),
      environment: this.environment,
    });
    await this.present(report, demoView, flags);
  }
}
