import { boolean, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, withContext } from '../src/cli/flags.ts';
import type { ServeDocument } from '../src/cli/views/serve.ts';
import type { ProjectDocument } from '../src/config/project.ts';
import { SERVE_DEFAULTS } from '../src/serve/request.ts';

export default class Serve extends SluiceCommand {
  static override summary = 'Watch connectors until stopped: a page, metrics and alerts.';
  static override description =
    `The one program that keeps running. serve: in sluice.yaml says what it does: it always watches the connectors of its contexts, and evaluates alerts if serve.alerts is true, compares the pairs of reconcile on their schedules if serve.reconcile is, and the cluster with the project if serve.drift is. It serves a page at /, /metrics for Prometheus, /health/live and /health/ready, keeps readings of the last 90 days, and prints one line of JSON for each event. Of several processes of one user on one machine, one acts and the others stand by.

Exit codes: 2 invalid settings or address, 130 after Ctrl-C, 143 after SIGTERM.`;
  static override examples = [
    '<%= config.bin %> serve',
    '<%= config.bin %> serve --context prod --listen 0.0.0.0:9464',
    '<%= config.bin %> serve --no-listen',
  ];
  static override flags = {
    listen: string({
      description: `Address of the page, /metrics and /health (serve.listen, or ${SERVE_DEFAULTS.listen}).`,
      helpValue: 'HOST:PORT',
      exclusive: ['no-listen'],
    }),
    'no-listen': boolean({ description: 'No HTTP server.' }),
    ...contextFlags,
  };

  protected override readonly traced = 'parts';

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(Serve);
    const targets = await this.targets(flags);
    const [{ servePlan }, { serve }] = await Promise.all([
      import('../src/serve/settings.ts'),
      import('../src/cli/serve.ts'),
    ]);
    const document: Pick<ProjectDocument, 'serve' | 'alerts'> = (await targets.project())?.document ?? {};
    const plan = servePlan(document, document.serve?.alerts ? await targets.receivers() : {});
    if (plan.alerting && plan.receivers.size === 0)
      this.logger.warn(
        'alerts.receivers names nobody: alerts are shown on the page, in /metrics and by alerts list only',
      );
    const isChosen = flags.context !== undefined || flags['connect-url'] !== undefined;
    const contexts = isChosen || plan.contexts === undefined ? [undefined] : plan.contexts;
    const chosen = contexts.map((context) => (context === undefined ? flags : withContext(flags, context)));
    const clusters = [];
    for (const one of chosen) clusters.push(await this.connect(one));
    await serve({
      projectNow: (cluster) => this.targets(chosen[cluster] ?? flags),
      ...{ plan, clusters, targets, store: await this.store(), version: this.config.version },
      listenOn: flags['no-listen'] ? undefined : (flags.listen ?? plan.listen),
      ...{ environment: this.environment, clock: this.clock, signal: this.signal, tracer: this.tracer },
      reconcile: {
        store: () => this.store(),
        targets: () => this.targets(flags),
        connect: (context, signal) => this.connect(context === undefined ? flags : withContext(flags, context), signal),
      },
      emit: (event) => this.emit<ServeDocument>(event, '', { json: true }),
    });
    this.endInterrupted();
  }
}
