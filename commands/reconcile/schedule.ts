import { string as argument } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, durationFlag, withContext } from '../../src/cli/flags.ts';
import { durationMs } from '../../src/config/duration.ts';

export default class ReconcileSchedule extends SluiceCommand {
  static override summary = "Compare sluice.yaml's pairs by their cron expressions, until it is stopped.";
  static override description =
    `One JSON line for each thing that happens, on stdout; /metrics for Prometheus and /health over HTTP.
A pair is not compared while its run before is going on. SIGTERM and Ctrl-C begin nothing new and let running comparisons end, for --grace at most; those that have not ended by then are aborted, and have no verdict. A second signal ends the process at once.

Exit codes: 2 a schedule or address is none, 130 after Ctrl-C, 143 after SIGTERM.`;
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
      default: '127.0.0.1:9464',
      helpValue: 'HOST:PORT',
      exclusive: ['no-listen'],
    }),
    'no-listen': boolean({ description: 'Serve no /metrics and /health.' }),
    grace: durationFlag({ description: 'How long running comparisons may take when it is stopped.', default: '20s' }),
    concurrency: integer({ description: 'Pairs that are compared side by side.', default: 1, min: 1, max: 16 }),
    ...contextFlags,
  };

  protected async execute(): Promise<void> {
    const { flags, argv } = await this.parse(ReconcileSchedule);
    const [{ reconcileOnSchedule }, { historyFile }, { userFolders }] = await Promise.all([
      import('../../src/reconcile/schedule/run.ts'),
      import('../../src/history/history.ts'),
      import('../../src/config/paths.ts'),
    ]);
    await reconcileOnSchedule(
      {
        pairs: argv.map(String),
        listen: flags['no-listen'] ? undefined : flags.listen,
        graceMs: durationMs(flags.grace) as number,
        concurrency: flags.concurrency,
        historyFile: historyFile(userFolders().state),
        targets: () => this.targets(flags),
        connect: (context, signal) => this.connect(context === undefined ? flags : withContext(flags, context), signal),
        onEvent: (event) => this.emit(event, '', { json: true }),
      },
      { clock: this.clock, stop: this.signal },
    );
    this.endInterrupted();
  }
}
