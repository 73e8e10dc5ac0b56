import { boolean, integer } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { alertsView } from '../../src/cli/views/alerts.ts';
import { DEFAULTS } from '../../src/store/request.ts';

export default class AlertsList extends SluiceCommand {
  static override summary = 'List the alerts that fire or are about to, what is muted, and the last notices.';
  static override description =
    'As `sluice serve` on this machine keeps them for your user: no cluster is contacted. With --rules, the rules that are in effect, too, those that come with sluice first.';
  static override examples = [
    '<%= config.bin %> alerts list',
    '<%= config.bin %> alerts list --rules',
    '<%= config.bin %> alerts list --all --json',
  ];
  static override flags = {
    ...outputFlags(),
    ...contextFlags,
    all: boolean({ description: 'Of every context, not only of one.' }),
    rules: boolean({ description: 'The rules that are in effect, too.' }),
    limit: integer({ description: 'So many notices.', default: DEFAULTS.limit, min: 0, max: 1000 }),
  };

  protected async execute(): Promise<void> {
    const { flags } = await this.parse(AlertsList);
    const [{ listAlerts }, { alertRules }] = await Promise.all([
      import('../../src/alerts/list.ts'),
      import('../../src/alerts/settings.ts'),
    ]);
    const targets = await this.targets(flags);
    const context = flags.all ? undefined : (await targets.context()).name;
    const document = (await targets.project())?.document;
    const { alerts, leases } = await this.store();
    const now = this.clock.now().getTime();
    const report = listAlerts(
      { context, limit: flags.limit, rules: flags.rules ? alertRules(document?.alerts ?? {}) : undefined },
      { alerts, running: leases.isWatched(context, now), now },
    );
    await this.present({ ...report, now, alerting: document?.serve?.alerts === true }, alertsView, flags);
  }
}
