import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, measuredOutputFlags, pathsArgs, selectFlags } from '../src/cli/flags.ts';
import { preflightView } from '../src/cli/views/preflight.ts';

export default class Preflight extends SluiceCommand {
  static override summary = 'Check that databases are ready for the connectors, and print the SQL to fix what is not.';
  static override description =
    'Sources: WAL level, replication privilege, slots, publication, CDC, binary log, grants, replica identity. Targets: privileges, keys, foreign keys. Sessions are read-only. Exit 0: nothing that blocks a deploy; 11: something does; 12: a database cannot be reached from here.';
  static override examples = [
    '<%= config.bin %> preflight connectors/ --context production',
    '<%= config.bin %> preflight --only orders-source --json',
  ];
  static override args = pathsArgs;
  static override flags = {
    ...measuredOutputFlags(),
    ...contextFlags,
    ...selectFlags,
    strict: boolean({ description: 'Treat warnings as errors.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Preflight);
    const [{ preflightFiles }, { readStdin }] = await Promise.all([
      import('../src/preflight/run.ts'),
      import('../src/cli/stdin.ts'),
    ]);
    const targets = await this.targets(flags);
    const report = await preflightFiles({
      paths: args.paths ?? [],
      targets,
      stdin: readStdin,
      client: (await targets.selection()) === undefined ? undefined : (await this.connect(flags)).client,
      only: flags.only,
      exclude: flags.exclude,
      logger: this.logger,
      signal: this.signal,
    });
    await this.present(report, preflightView(flags.strict), flags);
  }
}
