import { boolean, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import {
  changeFlags,
  connectorArgs,
  connectorFlags,
  durationFlag,
  forFlag,
  measuredFlag,
  outputFlags,
} from '../src/cli/flags.ts';
import { type MonitorLineDocument, monitorLine, monitorText, monitorView } from '../src/cli/views/monitor.ts';
import { SluiceError } from '../src/errors/error.ts';
import { DEFAULTS } from '../src/monitor/request.ts';

export default class Monitor extends SluiceCommand {
  static override summary =
    'Watch connectors live: lag, rates and errors; restart, pause and resume them. A gate for CI.';
  static override description =
    `On a terminal, a view of its own screen: ? lists its keys. In a pipe, one line of JSON per reading. --once is one reading. --fail-on is a gate: it ends with 10 if a condition is true, at any reading of --for. Conditions are separated by commas: lag>60s (a time), lag>1000 (records), errors>5 and dead-letters>0 (a minute), failed and unassigned (a connector, or one of its tasks), degraded (or worse), unknown, starting, paused, stopped. What a condition needs and is not known never passes.

Exit codes of --once: 10 a connector is failed, unassigned or degraded, 12 something could not be read. Of --fail-on: 0 no condition was true, 10 one was, 12 Connect or Kafka could not be read, 13 a named connector does not exist, 16 something that a condition needs is not known.`;
  static override examples = [
    '<%= config.bin %> monitor',
    "<%= config.bin %> monitor 'orders-*' --type sink",
    '<%= config.bin %> monitor --once --json',
    "<%= config.bin %> monitor orders-sink --fail-on 'lag>60s,failed' --for 2m",
    '<%= config.bin %> monitor --heal',
  ];
  static override args = connectorArgs;
  static override flags = {
    once: boolean({ description: 'One reading.' }),
    'fail-on': string({ description: 'Conditions that must not be true.', helpValue: 'CONDITIONS' }),
    for: forFlag('How long no condition of --fail-on may become true.')({
      dependsOn: ['fail-on'],
      exclusive: ['once'],
    }),
    heal: boolean({
      description: 'Restart what has failed, as serve.heal in sluice.yaml says.',
      exclusive: ['once', 'fail-on'],
    }),
    interval: durationFlag({ description: 'Time between two readings.', least: 100 }, DEFAULTS.interval),
    ...outputFlags(),
    ...measuredFlag(['once', 'fail-on']),
    ...changeFlags,
    ...connectorFlags,
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Monitor);
    const [{ openPoller }, { readOnce, runGate, watchSnapshots }, { parseGate }] = await Promise.all([
      import('../src/cli/open-poller.ts'),
      import('../src/serve/monitor.ts'),
      import('../src/monitor/gate.ts'),
    ]);
    const conditions = flags['fail-on'] === undefined ? undefined : parseGate(flags['fail-on']);
    const isOnce = flags.once || conditions !== undefined;
    if (!isOnce && (flags.to !== undefined || flags.output === 'yaml'))
      throw new SluiceError('USAGE', '--to and -o yaml are for one reading', { hint: 'Add --once.' });
    const quit = new AbortController();
    const signal = AbortSignal.any([this.signal, quit.signal]);
    await using cluster = await this.connect(flags, signal);
    const healing = flags.heal ? await import('../src/cli/open-healing.ts') : undefined;
    await healing?.approveHealing(cluster, flags.confirm, this.terminal, signal);
    const { clock } = this;
    const targets = await this.targets(flags);
    const selection = { ...flags, names: args.names ?? [] };
    const polls = await openPoller(cluster, { targets, selection, clock, signal });
    const news = { tell: (line: string) => this.logger.warn(line) };
    await using healed = await healing?.openHealing(cluster, {
      ...{ poller: polls, targets, store: await this.store(), clock, signal, news },
    });
    const ports = { poller: healed ?? polls, clock, signal, everyMs: flags.interval };
    using waiting = this.terminal.waiting(flags.for ? 'Watching' : `Waiting for ${cluster.name}`);
    if (isOnce) {
      const gate = conditions && { conditions, forMs: flags.for };
      return this.present(gate ? await runGate(gate, ports) : await readOnce(ports), monitorView, flags);
    }
    const isJson = flags.json || flags.output === 'json' || !this.terminal.isRead;
    if (!isJson && this.terminal.out.interactive) {
      const { runLive } = await import('../src/cli/live/live.ts');
      const shown = { style: this.terminal.out, complete: this.pastable.bind(this) };
      await runLive(cluster, { ...ports, ...shown, news, targets, quit, waiting });
    } else {
      for await (const one of watchSnapshots(ports))
        this.emit<MonitorLineDocument>(monitorLine(one), monitorText(one, this.terminal.out), { json: isJson });
    }
    this.endInterrupted();
  }
}
