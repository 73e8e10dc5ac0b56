import { string } from '@oclif/core/args';
import { SluiceCommand } from '../../src/cli/command.ts';
import { outputFlags } from '../../src/cli/flags.ts';
import { ruleView } from '../../src/cli/views/rules.ts';

export default class RulesShow extends SluiceCommand {
  static override summary = 'Show one validation rule: what it finds, and why it matters.';
  static override examples = ['<%= config.bin %> rules show no-heartbeat'];
  static override args = {
    id: string({ description: 'Id of the rule, as findings show it.', required: true, ignoreStdin: true }),
  };
  static override flags = { ...outputFlags() };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(RulesShow);
    const { showRule } = await import('../../src/validate/rules/catalog.ts');
    await this.present(showRule(args.id), ruleView, flags);
  }
}
