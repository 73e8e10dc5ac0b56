import { option } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { durationFlag, outputFlags } from '../../src/cli/flags.ts';
import { sandboxFlags } from '../../src/cli/sandbox-flags.ts';
import { sandboxStatusView } from '../../src/cli/views/sandbox.ts';
import { durationMs } from '../../src/config/duration.ts';
import { packagePath } from '../../src/config/package-root.ts';
import { userFolders } from '../../src/config/paths.ts';

export default class SandboxUp extends SluiceCommand {
  static override summary = 'Start a real Kafka, Connect worker and databases on this machine; harmless when they run.';
  static override description =
    'The first time, the parts are fetched with Maven into your cache folder. Java 17 or newer and Maven are needed, no Docker. ' +
    'A part that died is started again. Everything listens on 127.0.0.1 only.';
  static override examples = [
    '<%= config.bin %> sandbox up',
    '<%= config.bin %> sandbox up --with mariadb --json',
    '<%= config.bin %> sandbox up --name ci --timeout 5m',
  ];
  static override flags = {
    ...sandboxFlags,
    with: option({
      description: 'Start this too.',
      options: ['mariadb'] as const,
      multiple: true,
      multipleNonGreedy: true,
    })(),
    timeout: durationFlag({ description: 'How long the parts may take to become healthy.', default: '2m' }),
    ...outputFlags(),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SandboxUp);
    const { sandboxUp } = await import('../../src/sandbox/up.ts');
    const { state, cache } = userFolders();
    const status = await sandboxUp({
      name: flags.name,
      mariadb: flags.with?.includes('mariadb') ?? false,
      timeoutMs: durationMs(flags.timeout) as number,
      stateFolder: state,
      cacheFolder: cache,
      pom: packagePath('sandbox', 'pom.xml'),
      environment: process.env,
      clock: this.clock,
      signal: this.signal,
      progress: this.terminal.progress,
    });
    await this.present(status, sandboxStatusView, flags);
  }
}
