import { string as argument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, fileFlag, outFlag, outputFlags } from '../src/cli/flags.ts';
import { exportView } from '../src/cli/views/export.ts';
import { DEFAULTS, EXPORT_FORMATS } from '../src/export/request.ts';

export default class Export extends SluiceCommand {
  static override summary = 'Export live connectors to files, with secrets in a separate env file.';
  static override description =
    'Secrets become ${VARIABLE} in the files. Their values go into an env file that only its owner can read and that the .gitignore next to it lists. Fill in the values that the worker masks. A plan of the exported files then finds nothing to do.';
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
    out: outFlag(`Folder for the files (default: ${DEFAULTS.folder}).`),
    'env-out': fileFlag({ description: `File for the secrets (default: ${DEFAULTS.envFile} in the folder).` }),
    format: option({
      description: 'Format of the files.',
      options: EXPORT_FORMATS,
      default: DEFAULTS.format,
    })(),
    cluster: string({
      description: 'With strimzi: name of the KafkaConnect resource, for the strimzi.io/cluster label.',
      helpValue: 'NAME',
    }),
    force: boolean({ description: 'Overwrite existing files.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Export);
    const [{ exportConnectors }, { projectSchemas }, { configSecrets }] = await Promise.all([
      import('../src/export/export.ts'),
      import('../src/schemas/project-schemas.ts'),
      import('../src/schemas/secrets.ts'),
    ]);
    const { context, client } = await this.connect(flags);
    const store = await projectSchemas(await this.targets(flags));
    const report = await exportConnectors({
      client,
      context: context.name,
      names: args.names ?? [],
      folder: flags.out,
      envFile: flags['env-out'],
      format: flags.format,
      cluster: flags.cluster,
      force: flags.force,
      logger: this.logger,
      secrets: (connector) => configSecrets(connector, store),
    });
    await this.present(report, exportView, flags);
  }
}
