import { string as argument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, outputFlags } from '../src/cli/flags.ts';
import { lagLimits } from '../src/cli/lag-limits.ts';
import { doctorView } from '../src/cli/views/doctor.ts';

export default class Doctor extends SluiceCommand {
  static override summary = 'Find what is wrong with the cluster, or where a pipeline is stuck, and what to do.';
  static override description =
    'Without a name: everything that is wrong on the cluster and this machine, worst first. With the name of a connector: every stage from the source table to the target table, and where records are stuck, since when, and why. It only reads. It logs in to the databases of the connectors, with their own credentials or those that preflight.databases names; --no-databases leaves them out. Exit 0: nothing is wrong; 10: something is; 12: the worker cannot be reached; 14: nothing wrong was found, but something could not be read.';
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor orders-sink',
    '<%= config.bin %> doctor --connect-url http://connect:8083 --no-databases',
    '<%= config.bin %> doctor -o html --to doctor.html',
  ];
  static override args = { name: argument({ description: 'Connector whose pipeline is walked.', ignoreStdin: true }) };
  static override flags = {
    databases: boolean({ description: 'Ask the databases of the connectors, too.', allowNo: true, default: true }),
    ...outputFlags(['html', 'markdown']),
    ...contextFlags,
  };

  /** They are findings, or warnings of its own. */
  protected override readonly warnsOfInterrupted = false;

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Doctor);
    const [{ examine }, { projectSchemas }] = await Promise.all([
      import('../src/doctor/doctor.ts'),
      import('../src/schemas/project-schemas.ts'),
    ]);
    await using cluster = await this.connect(flags);
    const targets = await this.targets(flags);
    const { context, client } = cluster;
    const unfinished = await this.unfinished(cluster);
    if (args.name !== undefined) for (const text of unfinished) this.logger.warn(this.pastable(text));
    using _waiting = this.terminal.waiting(`Examining ${cluster.name}`);
    const report = await examine(
      {
        name: args.name,
        cluster: context,
        versions: { sluice: this.config.version, node: process.versions.node },
        envFiles: await this.envFiles(flags),
        unfinished,
      },
      {
        client,
        context: cluster.name,
        groups: await cluster.groups(),
        kafka: cluster.kafkaOpener(),
        records: context.kafka === undefined ? undefined : () => cluster.records(),
        targets,
        schemas: await projectSchemas(targets),
        store: () => this.store(),
        limits: await lagLimits(targets, context, undefined),
        databases: flags.databases,
        clock: this.clock,
        signal: this.signal,
        logger: this.logger,
      },
    );
    await this.present(report, doctorView, flags);
  }
}
