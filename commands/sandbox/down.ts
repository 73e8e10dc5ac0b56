import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';
import { sandboxFlags } from '../../src/cli/sandbox-flags.ts';
import { sandboxDownView } from '../../src/cli/views/sandbox.ts';
import { userFolders } from '../../src/config/paths.ts';

export default class SandboxDown extends SluiceCommand {
  static override summary = 'Stop what `sandbox up` started, and nothing else; data is kept.';
  static override examples = ['<%= config.bin %> sandbox down', '<%= config.bin %> sandbox down --name ci --purge'];
  static override flags = {
    ...sandboxFlags,
    purge: boolean({ description: 'Also remove data and logs. Downloads stay, because all sandboxes share them.' }),
    ...outputFlags(),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SandboxDown);
    const { sandboxDown } = await import('../../src/sandbox/down.ts');
    const result = await sandboxDown({
      name: flags.name,
      purge: flags.purge,
      stateFolder: userFolders().state,
      clock: this.clock,
      signal: this.signal,
      progress: this.terminal.progress,
      logger: this.logger,
    });
    await this.present(result, sandboxDownView, flags);
  }
}
