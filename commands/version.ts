import { SluiceCommand } from '../src/cli/command.ts';
import { outputFlags } from '../src/cli/flags.ts';
import { versionView } from '../src/cli/views/version.ts';

export default class Version extends SluiceCommand {
  static override summary = 'Show the version of sluice and of Node.js.';
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json'];
  static override flags = outputFlags();

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(Version);
    const { version, platform, arch } = this.config;
    await this.present({ version, node: process.versions.node, platform, arch }, versionView, flags);
  }
}
