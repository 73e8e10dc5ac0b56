import { string as argument } from '@oclif/core/args';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { unmuteView } from '../../src/cli/views/alerts.ts';

export default class AlertsUnmute extends SluiceCommand {
  static override summary = 'End mutes before their time.';
  static override description =
    'By the number of one, or by the rule of those that hold in the context. What still holds is then notified with the next poll of `sluice serve`.';
  static override examples = [
    '<%= config.bin %> alerts unmute 3',
    '<%= config.bin %> alerts unmute lag --context prod',
  ];
  static override args = {
    mute: argument({ description: 'Number of a mute, or a rule.', required: true, ignoreStdin: true }),
  };
  static override flags = { ...outputFlags(), ...contextFlags };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(AlertsUnmute);
    const [{ unmuteAlerts }, { recordedAlerts, unmutedIn }] = await Promise.all([
      import('../../src/alerts/mutes.ts'),
      import('../../src/alerts/record.ts'),
    ]);
    const { name: context } = await (await this.targets(flags)).context();
    const store = await this.store();
    const report = await recordedAlerts(
      { verb: 'alerts-unmute', context, of: unmutedIn },
      () => unmuteAlerts(args.mute, context, { alerts: store.alerts, now: this.clock.now().getTime() }),
      { store: async () => store, clock: this.clock, logger: this.logger },
    );
    await this.present(report, unmuteView, flags);
  }
}
