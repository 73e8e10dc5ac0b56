import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';
import { sandboxFlags } from '../../src/cli/sandbox-flags.ts';
import { sandboxStatusView } from '../../src/cli/views/sandbox.ts';
import { userFolders } from '../../src/config/paths.ts';
import { upCommand } from '../../src/config/sandbox-record.ts';

export default class SandboxStatus extends SluiceCommand {
  static override summary =
    "Show the sandbox's addresses, processes and health; exit 10 if a component is not healthy.";
  static override examples = [
    '<%= config.bin %> sandbox status',
    '<%= config.bin %> sandbox status --name ci --json',
    '<%= config.bin %> sandbox status -o env',
  ];
  static override flags = { ...sandboxFlags, ...outputFlags(['env']) };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SandboxStatus);
    const { sandboxStatus } = await import('../../src/sandbox/status.ts');
    const status = await sandboxStatus({ name: flags.name, stateFolder: userFolders().state, signal: this.signal });
    // The shell would get no output, and continue with empty variables.
    if (flags.output === 'env' && status.health !== 'healthy')
      this.logger.warn(
        `the sandbox ${flags.name} is ${status.health === 'stopped' ? 'not running' : status.health}; start it: ${upCommand(flags.name)}`,
      );
    await this.present(status, sandboxStatusView, flags);
  }
}
