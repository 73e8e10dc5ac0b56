import { string } from '@oclif/core/args';
import { SluiceCommand } from '../../src/cli/command.ts';
import { loadLine, SHELLS, type Shell } from '../../src/cli/completion/scripts.ts';

/** Start-up files of shells have `eval $(sluice autocomplete script bash)` from earlier releases: one line, whose words it joins. */
export default class AutocompleteScript extends SluiceCommand {
  static override summary = 'Print the line that loads completion, for start-up files of earlier releases.';
  static override hidden = true;
  static override examples = ['<%= config.bin %> autocomplete script bash'];
  static override args = {
    shell: string({ description: 'Your shell.', options: [...SHELLS], required: true, ignoreStdin: true }),
  };

  protected async execute(): Promise<void> {
    const { args } = await this.parse(AutocompleteScript);
    this.terminal.write(`${loadLine(args.shell as Shell)}\n`);
  }
}
