import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags, projectFlags } from '../../src/cli/flags.ts';
import { contextUseView } from '../../src/cli/views/context.ts';
import { SluiceError } from '../../src/errors/error.ts';

export default class ContextUse extends SluiceCommand {
  static override summary = 'Choose the context for later commands in this project.';
  static override description =
    "The choice is kept in the user's state folder, never in sluice.yaml. Each project has its own. --context, --connect-url, SLUICE_CONTEXT and SLUICE_CONNECT_URL override it; it overrides defaultContext. A protected context still asks at each change.";
  static override examples = ['<%= config.bin %> context use staging', '<%= config.bin %> context use --unset'];
  static override args = { name: string({ description: 'The context.', ignoreStdin: true }) };
  static override flags = {
    unset: boolean({ description: 'Forget the choice.' }),
    ...outputFlags(),
    ...projectFlags,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(ContextUse);
    if ((args.name === undefined) === !flags.unset) {
      throw new SluiceError('USAGE', flags.unset ? '--unset takes no name' : 'use which context?', {
        hint: flags.unset ? 'Use one or the other.' : 'Name it: sluice context use NAME. See: sluice context list',
      });
    }
    const { useContext } = await import('../../src/config/contexts.ts');
    await this.present(await useContext(await this.targets(flags), args.name), contextUseView, flags);
  }
}
