import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { connectorArgs, connectorFlags, contextFlags, durationFlag, measuredOutputFlags } from '../src/cli/flags.ts';
import { lagLimits, maxLagFlag } from '../src/cli/lag-limits.ts';
import { connectorView, statusView, wideStatusView } from '../src/cli/views/status.ts';
import type { StatusWatchDocument } from '../src/cli/views/watch.ts';
import { SluiceError } from '../src/errors/error.ts';
import { DEFAULTS } from '../src/monitor/request.ts';
import type { StatusReport } from '../src/monitor/status.ts';

export default class Status extends SluiceCommand {
  static override summary = 'Show connector health, worst first.';
  static override description =
    'A connector is healthy if it and all its tasks run and, for a sink, its consumer group has a member for each task. A sink is degraded if it is stalled: records wait and its committed offset does not move. With -o html, the page also charts the lag that earlier pages from this machine recorded. sluice list is the inventory, sluice describe shows everything about one connector. Exit 0: none is failed, unassigned or degraded; 10: at least one is; 12: Connect or Kafka cannot be reached.';
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status orders-sink --json',
    '<%= config.bin %> status orders-source orders-sink -o wide',
    "<%= config.bin %> status 'orders-*' --type sink --state failed",
    '<%= config.bin %> status --watch --interval 5s',
    '<%= config.bin %> status -o html --to status.html',
  ];
  static override args = connectorArgs;
  static override flags = {
    ...measuredOutputFlags(['wide', 'html']),
    ...contextFlags,
    ...connectorFlags,
    watch: boolean({
      char: 'w',
      description:
        'Poll until q or Ctrl-C: on a screen of its own, where j/k select, enter explains and / filters; with --json, one line of JSON per poll.',
    }),
    interval: durationFlag({ description: 'Poll interval of --watch.', least: 100 }, DEFAULTS.interval),
    'max-lag': maxLagFlag,
    'show-values': boolean({ description: 'Show the values of rows that databases quote in errors.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    const [{ readStatus, watchStatus }, { isByNameOnly }] = await Promise.all([
      import('../src/monitor/status.ts'),
      import('../src/connect/selection.ts'),
    ]);
    const quit = new AbortController();
    const signal = AbortSignal.any([this.signal, quit.signal]);
    await using cluster = await this.connect(flags, signal);
    using waiting = this.terminal.waiting(`Waiting for ${cluster.name}`);
    const selection = { ...flags, names: args.names ?? [] };
    const isOne = selection.names.length === 1 && isByNameOnly(selection);
    const view = flags.output === 'wide' ? wideStatusView : isOne ? connectorView : statusView;
    const options = {
      client: cluster.client,
      groups: await cluster.groups(),
      clock: this.clock,
      signal,
      context: cluster.name,
      selection,
      showValues: flags['show-values'],
      everyMs: flags.interval,
      limits: await lagLimits(await this.targets(flags), cluster.context, flags['max-lag']),
      wide: flags.output === 'wide',
      waiting,
      quit,
    };
    await this.remind(cluster);
    const isPage = flags.output === 'html' && !flags.json;
    if (flags.watch && isPage) throw new SluiceError('USAGE', '--watch cannot be combined with -o html');
    if (isPage) return this.#page(await readStatus(options), cluster.context.urls, flags);
    if (!flags.watch) return this.present(await readStatus(options), view, flags);
    const complete = this.pastable.bind(this);
    if (this.terminal.out.interactive && /^(?:table|wide)$/.test(flags.output) && !flags.json) {
      const { watchOnScreen } = await import('../src/cli/watch-on-screen.ts');
      await watchOnScreen(watchStatus(options), { ...options, style: this.terminal.out, complete });
    } else {
      const { watchText, watchLine } = await import('../src/cli/views/watch.ts');
      for await (const sample of watchStatus(options))
        this.emit<StatusWatchDocument>(watchLine(sample), complete(watchText(sample, view, this.terminal.out)), flags);
    }
    this.endInterrupted();
  }

  async #page(report: StatusReport, cluster: readonly string[], flags: { output: string; to?: string | undefined }) {
    const [{ withTrends }, { statusPageView }] = await Promise.all([
      import('../src/monitor/trends.ts'),
      import('../src/cli/views/status-html.ts'),
    ]);
    const ports = { at: this.clock.now(), store: () => this.store(), logger: this.logger };
    await this.present(await withTrends(report, { ...ports, cluster }), statusPageView, flags);
  }
}
