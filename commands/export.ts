import { string as argument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, outputFlags } from '../src/cli/flags.ts';
import { exportView } from '../src/cli/views/export.ts';

export default class Export extends SluiceCommand {
  static override summary =
    'Write live connectors to files, secrets apart, so that a plan of them finds nothing to do.';
  static override description =
    'Secrets become ${VARIABLE} in the files; their values go into an env file that only its owner may read and that a .gitignore beside it names. Values that the worker masks are left to be filled in.';
  static override examples = [
    '<%= config.bin %> export --context production --out connectors',
    '<%= config.bin %> export orders-sink --format strimzi --cluster connect',
  ];
  static override args = {
    names: argument({
      description: 'Connectors to export (default: all).',
      multiple: true,
      required: false,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...outputFlags(),
    ...contextFlags,
    out: string({ description: 'Folder for the files.', default: 'connectors', helpValue: 'FOLDER' }),
    'env-out': string({ description: 'File for the secrets (default: .env in the folder).', helpValue: 'FILE' }),
    format: option({
      description: 'Form of the files.',
      options: ['json', 'yaml', 'strimzi'] as const,
      default: 'json' as const,
    })(),
    cluster: string({
      description: 'With strimzi: name of the KafkaConnect resource, for the label that the operator goes by.',
      helpValue: 'NAME',
    }),
    force: boolean({ description: 'Replace files that are there.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Export);
    const [{ exportConnectors }, { projectSchemas }, { configSecrets }, { default: path }] = await Promise.all([
      import('../src/export/export.ts'),
      import('../src/schemas/project-schemas.ts'),
      import('../src/schemas/secrets.ts'),
      import('node:path'),
    ]);
    const { context, client } = await this.connect(flags);
    const store = await projectSchemas(await this.targets(flags));
    const report = await exportConnectors({
      client,
      context: context.name,
      names: args.names ?? [],
      folder: flags.out,
      envFile: flags['env-out'] ?? path.join(flags.out, '.env'),
      format: flags.format,
      cluster: flags.cluster,
      force: flags.force,
      logger: this.logger,
      secrets: (connector) => configSecrets(connector, store),
    });
    await this.present(report, exportView, flags);
  }
}
