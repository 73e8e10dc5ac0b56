import { string } from '@oclif/core/args';
import { boolean, integer } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { sandboxFlags } from '../../src/cli/sandbox-flags.ts';
import { userFolders } from '../../src/config/paths.ts';
import { SANDBOX_COMPONENTS, type SandboxComponent } from '../../src/config/sandbox-record.ts';
import { DEFAULTS } from '../../src/sandbox/request.ts';

export default class SandboxLogs extends SluiceCommand {
  static override summary = "Show the logs of the sandbox's components.";
  static override examples = [
    '<%= config.bin %> sandbox logs worker --tail 200',
    '<%= config.bin %> sandbox logs --follow',
  ];
  static override args = {
    component: string({
      description: `One component: ${SANDBOX_COMPONENTS.join(', ')} (default: all).`,
      options: [...SANDBOX_COMPONENTS],
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...sandboxFlags,
    tail: integer({
      description: 'Lines to show from the end of each log.',
      default: DEFAULTS.tail,
      min: 0,
      helpValue: 'N',
    }),
    follow: boolean({ char: 'f', description: 'Keep printing new lines until Ctrl-C.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(SandboxLogs);
    const { sandboxLogs } = await import('../../src/sandbox/logs.ts');
    await sandboxLogs({
      name: flags.name,
      component: args.component as SandboxComponent | undefined,
      lines: flags.tail,
      follow: flags.follow,
      stateFolder: userFolders().state,
      clock: this.clock,
      signal: this.signal,
      write: (line) => this.terminal.write(line),
    });
  }
}
