import { boolean, string } from '@oclif/core/flags';
import { type FlagsOf, SluiceCommand } from '../src/cli/command.ts';
import type { OpenContext } from '../src/cli/context.ts';
import { changeFlags, connectorArgs, connectorFlags, durationFlag, outputFlags, yesFlag } from '../src/cli/flags.ts';
import { assertOneSink } from '../src/cli/operate-args.ts';
import { lagView } from '../src/cli/views/lag.ts';
import { LAG_DEFAULTS } from '../src/inspect/request.ts';

export default class Lag extends SluiceCommand {
  static override summary = 'Show how far connectors are behind, in records and in time; measure it with a row.';
  static override description =
    `Of a sink, each partition: the records that wait, and how long the next of them has waited, by its own time. Of a Debezium source, what its metrics say, and where it is in the log of its database: its slot, or its place in the binary log. What is not known is shown as ?, with the reason.

--probe writes one row to --marker-table of the source, waits until it is visible in the sink's database, and deletes it from both. It asks first, and writes to no other table.

Exit codes: 12 Kafka or metrics could not be read, 14 some connectors could not be read, 15 the row of --probe did not arrive in time.`;
  static override examples = [
    '<%= config.bin %> lag orders-sink',
    "<%= config.bin %> lag 'orders-*' --json",
    '<%= config.bin %> lag orders-sink --probe --marker-table shop.sluice_marker',
  ];
  static override args = connectorArgs;
  static override flags = {
    probe: boolean({
      description: 'Measure the way of a row from the source to the target.',
      dependsOn: ['marker-table'],
    }),
    'marker-table': string({
      description: 'Table of the source for that row: it has the columns id and at, and the pipeline carries it.',
      helpValue: 'TABLE',
      dependsOn: ['probe'],
    }),
    source: string({
      description: 'Database of the source, if its connector does not say.',
      helpValue: 'DB',
      dependsOn: ['probe'],
    }),
    target: string({ description: 'The same for the target.', helpValue: 'DB', dependsOn: ['probe'] }),
    timeout: durationFlag({ description: 'Longest wait for the row.' }, LAG_DEFAULTS.timeout),
    ...yesFlag,
    ...outputFlags(),
    ...changeFlags,
    ...connectorFlags,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Lag);
    const [{ readLag }, { assertSelection }, { readSources }] = await Promise.all([
      import('../src/inspect/lag.ts'),
      import('../src/connect/selection.ts'),
      import('../src/cli/serve-sources.ts'),
    ]);
    const selection = { ...flags, names: args.names ?? [] };
    assertSelection(selection, 'lag');
    const table = flags['marker-table'];
    if (flags.probe) assertOneSink(selection);
    await using cluster = await this.connect(flags);
    const probe =
      table === undefined ? null : await this.#probe(cluster, { ...flags, sink: selection.names[0] ?? '', table });
    const asked = { targets: await this.targets(flags), signal: this.signal, clock: this.clock };
    const readings = await readLag(selection, {
      databases: (sources) => readSources(cluster, asked, sources),
      ...{ client: cluster.client, groups: await cluster.groups() },
      ...{ metrics: await cluster.metrics(), clock: this.clock, signal: this.signal, context: cluster.name },
    });
    await this.present({ ...readings, probe }, lagView, flags);
  }

  /** Says what it writes, and asks. */
  async #probe(cluster: OpenContext, request: FlagsOf<typeof Lag> & { sink: string; table: string }) {
    const { planProbe, probeText, runProbe } = await import('../src/inspect/probe.ts');
    const { context, client } = cluster;
    const hasKafka = context.kafka !== undefined;
    const ports = {
      ...{ client, kafka: await cluster.kafka(), records: hasKafka ? () => cluster.records() : undefined },
      ...this.ports,
      targets: await this.targets(request),
    };
    const wanted = { ...request, timeoutMs: request.timeout };
    const plan = await planProbe(wanted, ports);
    if (context.protected || !request.yes) await this.askFor(probeText(plan), context, request);
    else this.terminal.note(`This will ${probeText(plan)}.`);
    using _waiting = this.terminal.waiting('Waiting for the row');
    return await runProbe(plan, wanted, ports);
  }
}
