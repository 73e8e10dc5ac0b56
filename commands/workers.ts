import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, outputFlags } from '../src/cli/flags.ts';
import { workersView } from '../src/cli/views/workers.ts';

export default class Workers extends SluiceCommand {
  static override summary = 'Show what each worker runs, and whether the load is balanced.';
  static override description =
    'Connect does not report workers that run nothing; if the context has Kafka, they are found in the group that the workers form there. Only the URLs of the context are asked, never a host that a worker names, so other workers have no version.';
  static override examples = ['<%= config.bin %> workers', '<%= config.bin %> workers --context prod --json'];
  static override flags = { ...outputFlags(), ...contextFlags };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(Workers);
    const { readWorkers } = await import('../src/inspect/workers.ts');
    await using cluster = await this.connect(flags);
    const { name, context, client, connectTo } = cluster;
    const inspection = await cluster.inspection();
    const options = { context: name, urls: context.urls, client, connectTo, signal: this.signal, inspection };
    await this.present(await readWorkers(options), workersView, flags);
  }
}
