import { string as argument } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, durationFlag, withContext } from '../../src/cli/flags.ts';
import type { ReconcileScheduleDocument } from '../../src/cli/views/reconcile-schedule.ts';
import { SCHEDULE_DEFAULTS } from '../../src/reconcile/request.ts';

export default class ReconcileSchedule extends SluiceCommand {
  static override summary = 'Compare the pairs in sluice.yaml on their cron schedules, until stopped.';
  static override description =
    `Prints one JSON line per event on stdout; serves /metrics for Prometheus and /health over HTTP. A pair is skipped while its previous run is still going. After SIGTERM or Ctrl-C no new run starts, and running comparisons have --grace to finish; the others are aborted without a verdict. A second signal ends the process at once.

Exit codes: 2 invalid schedule or address, 130 after Ctrl-C, 143 after SIGTERM.`;
  static override examples = [
    '<%= config.bin %> reconcile schedule',
    '<%= config.bin %> reconcile schedule shop billing --listen 0.0.0.0:9464 --grace 25s',
    '<%= config.bin %> reconcile schedule --no-listen',
  ];
  static override strict = false;
  static override args = {
    pair: argument({
      description: 'Pairs (default: all that have a schedule); several may follow.',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    listen: string({
      description: 'Address of /metrics and /health.',
      default: SCHEDULE_DEFAULTS.listen,
      helpValue: 'HOST:PORT',
      exclusive: ['no-listen'],
    }),
    'no-listen': boolean({ description: 'Do not serve /metrics and /health.' }),
    grace: durationFlag(
      { description: 'How long running comparisons may take to finish when stopped.' },
      SCHEDULE_DEFAULTS.grace,
    ),
    parallel: integer({
      description: 'Pairs compared in parallel.',
      default: SCHEDULE_DEFAULTS.parallel,
      min: 1,
      max: 16,
    }),
    ...contextFlags,
  };

  protected async execute(): Promise<void> {
    const { flags, argv } = await this.parse(ReconcileSchedule);
    const { reconcileOnSchedule } = await import('../../src/reconcile/schedule/run.ts');
    await reconcileOnSchedule(
      {
        pairs: argv.map(String),
        listen: flags['no-listen'] ? undefined : flags.listen,
        graceMs: flags.grace,
        parallel: flags.parallel,
        store: () => this.store(),
        targets: () => this.targets(flags),
        connect: (context, signal) => this.connect(context === undefined ? flags : withContext(flags, context), signal),
        onEvent: (event) => this.emit<ReconcileScheduleDocument>(event, '', { json: true }),
      },
      { clock: this.clock, stop: this.signal },
    );
    this.endInterrupted();
  }
}
