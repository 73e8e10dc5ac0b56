import { option } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { durationFlag, outputFlags } from '../../src/cli/flags.ts';
import { sandboxFlags, sandboxPlace } from '../../src/cli/sandbox-flags.ts';
import { sandboxUpView } from '../../src/cli/views/sandbox.ts';
import { DEFAULTS } from '../../src/sandbox/request.ts';

export default class SandboxUp extends SluiceCommand {
  static override summary =
    'Start a real Kafka, Connect worker and databases on this machine, unless they are already running.';
  static override description =
    'The first run downloads the components with Maven into your cache folder. Needs Java 17 or newer and Maven, no Docker. ' +
    'A component that died is restarted. Everything listens on 127.0.0.1 only.';
  static override examples = [
    '<%= config.bin %> sandbox up',
    '<%= config.bin %> sandbox up --with mariadb --json',
    '<%= config.bin %> sandbox up --name ci --timeout 5m',
  ];
  static override flags = {
    ...sandboxFlags,
    with: option({
      description: 'Also start this database.',
      options: ['mariadb'] as const,
      multiple: true,
      multipleNonGreedy: true,
    })(),
    timeout: durationFlag({ description: 'How long the components may take to become healthy.' }, DEFAULTS.timeout),
    ...outputFlags(['env']),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(SandboxUp);
    const { sandboxUp } = await import('../../src/sandbox/up.ts');
    const status = await sandboxUp({
      name: flags.name,
      mariadb: flags.with?.includes('mariadb') ?? false,
      timeoutMs: flags.timeout,
      ...this.ports,
      ...sandboxPlace(),
      environment: this.environment,
    });
    await this.present(status, sandboxUpView, flags);
  }
}
