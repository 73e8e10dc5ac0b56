import { string } from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import SluiceHelp from '../src/cli/help.ts';
import { commandNotFound } from '../src/cli/hooks/command-not-found.ts';

export default class Help extends Command {
  static override summary = 'Show help for a command.';
  static override examples = ['<%= config.bin %> help', '<%= config.bin %> help reconcile history'];
  static override strict = false;
  static override args = { command: string({ description: 'Command to explain (default: a list of all).' }) };

  async run(): Promise<void> {
    const { argv } = await this.parse(Help);
    const id = argv.join(':');
    const { config } = this;
    if (id !== '' && config.findCommand(id) === undefined && config.findTopic(id) === undefined)
      commandNotFound(id, config);
    await new SluiceHelp(config).showHelp(argv as string[]);
  }
}
