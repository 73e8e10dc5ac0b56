import { string as argument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, forFlag, outputFlags, textFlag } from '../../src/cli/flags.ts';
import { muteView } from '../../src/cli/views/alerts.ts';

export default class AlertsMute extends SluiceCommand {
  static override summary = 'Notify nobody of some alerts for a while.';
  static override description =
    'The alerts are evaluated as before, and shown as muted. What still holds when the mute is over is notified then; so is the end of what was notified before. A rule may be named by its kind, too, and * is every rule. Mutes are kept on this machine, for the `sluice serve` of your user.';
  static override examples = [
    "<%= config.bin %> alerts mute lag 'orders-*' --for 2h --reason 'load test'",
    "<%= config.bin %> alerts mute '*' orders-sink --for 30m --reason 'new table'",
    '<%= config.bin %> alerts mute task-failed --for 1h --reason "disk is replaced" --all',
  ];
  static override args = {
    rule: argument({ description: 'Rule, by name or kind, or *.', required: true, ignoreStdin: true }),
    target: argument({
      description: 'Connector, pair or context, by name or glob (default: all).',
      default: '*',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...outputFlags(),
    ...contextFlags,
    for: forFlag('For how long.')({ required: true }),
    reason: textFlag('Why, for those who see the mute.'),
    all: boolean({ description: 'In every context, not only in one.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(AlertsMute);
    const [{ muteAlerts }, { mutedIn, recordedAlerts }, { alertRules }, { whoRuns }] = await Promise.all([
      import('../../src/alerts/mutes.ts'),
      import('../../src/alerts/record.ts'),
      import('../../src/alerts/settings.ts'),
      import('../../src/store/who.ts'),
    ]);
    const targets = await this.targets(flags);
    const context = flags.all ? null : (await targets.context()).name;
    const rules = alertRules((await targets.project())?.document.alerts ?? {});
    const store = await this.store();
    const { for: forMs, reason } = flags;
    const report = await recordedAlerts(
      { verb: 'alerts-mute', context: context ?? '*', of: mutedIn },
      () =>
        muteAlerts(
          { ...args, context, forMs, reason },
          { alerts: store.alerts, rules, now: this.clock.now().getTime(), who: whoRuns() },
        ),
      { store: async () => store, clock: this.clock, logger: this.logger },
    );
    await this.present(report, muteView, flags);
  }
}
