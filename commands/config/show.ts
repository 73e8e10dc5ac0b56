import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { configView } from '../../src/cli/views/config.ts';

export default class ConfigShow extends SluiceCommand {
  static override summary = 'Show the effective settings and where each came from, secrets masked.';
  static override examples = [
    '<%= config.bin %> config show',
    '<%= config.bin %> config show --context sandbox --json',
  ];
  static override flags = { ...outputFlags(), ...contextFlags };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(ConfigShow);
    const { describeSettings } = await import('../../src/config/describe.ts');
    const settings = await describeSettings(await this.targets(flags));
    await this.present(settings, configView, flags);
  }
}
