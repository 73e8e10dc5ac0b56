import { string } from '@oclif/core/args';
import { SluiceCommand } from '../src/cli/command.ts';
import { completionScript, loadLine, SHELLS, type Shell } from '../src/cli/completion/scripts.ts';

export default class Completion extends SluiceCommand {
  static override summary = 'Print the completion script of a shell.';
  static override description =
    `Completes commands, flags and their values, and names: of connectors, contexts, databases, pairs, tables, templates and rules. What goes into the start-up file of the shell:\n\n${SHELLS.map((shell) => `${shell}: ${loadLine(shell)}`).join('\n\n')}`;
  static override examples = SHELLS.map((shell) => `<%= config.bin %> completion ${shell}`);
  static override aliases = ['autocomplete'];
  static override args = {
    shell: string({ description: 'Your shell.', options: [...SHELLS], required: true, ignoreStdin: true }),
  };

  protected async execute(): Promise<void> {
    const { args } = await this.parse(Completion);
    this.terminal.write(completionScript(args.shell as Shell));
  }
}
