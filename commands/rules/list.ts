import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';
import { rulesView } from '../../src/cli/views/rules.ts';

export default class RulesList extends SluiceCommand {
  static override summary = 'List the validation rules and their severities.';
  static override examples = ['<%= config.bin %> rules list', '<%= config.bin %> rules list --json'];
  static override flags = { ...outputFlags() };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(RulesList);
    const { listRules } = await import('../../src/validate/rules/catalog.ts');
    await this.present(listRules(), rulesView, flags);
  }
}
