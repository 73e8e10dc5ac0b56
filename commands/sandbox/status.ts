import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';
import { sandboxFlags } from '../../src/cli/sandbox-flags.ts';
import { sandboxStatusView } from '../../src/cli/views/sandbox.ts';
import { userFolders } from '../../src/config/paths.ts';

export default class SandboxStatus extends SluiceCommand {
  static override summary = 'Show the sandbox’s addresses, processes and health; exit 10 where a part is not healthy.';
  static override examples = ['<%= config.bin %> sandbox status', '<%= config.bin %> sandbox status --name ci --json'];
  static override flags = { ...sandboxFlags, ...outputFlags() };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SandboxStatus);
    const { sandboxStatus } = await import('../../src/sandbox/status.ts');
    const status = await sandboxStatus({ name: flags.name, stateFolder: userFolders().state, signal: this.signal });
    await this.present(status, sandboxStatusView, flags);
  }
}
