import { randomUUID } from 'node:crypto';
import { string as argument } from '@oclif/core/args';
import { SluiceCommand } from '../../src/cli/command.ts';
import { contextFlags, outputFlags } from '../../src/cli/flags.ts';
import { testView } from '../../src/cli/views/alerts.ts';

export default class AlertsTest extends SluiceCommand {
  static override summary = 'Send a test notice to a receiver, or to all that a rule notifies.';
  static override description =
    `The notice takes the way of real ones, is marked as a test, and has a key of its own: its end follows at once, so that no incident stays open. Alertmanager ends it by itself after a few minutes.

Exit codes: 12 no receiver answered or accepted the credentials, 13 the notice was refused, 14 only some receivers accepted it.`;
  static override examples = [
    '<%= config.bin %> alerts test pager',
    "<%= config.bin %> alerts test 'lag orders-*' --json",
  ];
  static override args = {
    name: argument({ description: 'Receiver, or rule.', required: true, ignoreStdin: true }),
  };
  static override flags = { ...outputFlags(), ...contextFlags };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(AlertsTest);
    const [{ openReceiver }, { recordedAlerts, testedIn }, { alertRules, receiverAddress }, tests] = await Promise.all([
      import('../../src/alerts/open-receiver.ts'),
      import('../../src/alerts/record.ts'),
      import('../../src/alerts/settings.ts'),
      import('../../src/alerts/test-receivers.ts'),
    ]);
    const targets = await this.targets(flags);
    const { name: context } = await targets.context();
    const document = (await targets.project())?.document;
    if (document?.serve?.alerts !== true) this.logger.warn('serve.alerts is not set in sluice.yaml: alerts are off');
    const known = Object.keys(document?.alerts?.receivers ?? {});
    const { rule, names } = tests.receiversToTest(args.name, alertRules(document?.alerts ?? {}), known);
    const settings = await targets.receivers();
    const now = this.clock.now().getTime();
    const ports = { signal: this.signal, now: () => now, proxyEnvironment: this.environment };
    const receivers = names.flatMap((name) =>
      settings[name] === undefined ? [] : openReceiver(name, receiverAddress(name, settings[name]), ports),
    );
    const report = await recordedAlerts(
      { verb: 'alerts-test', context, of: testedIn, exitCode: ({ exitCode }) => exitCode },
      () => tests.testReceivers({ rule, context, key: `sluice/test/${randomUUID()}`, now }, receivers),
      { store: () => this.store(), clock: this.clock, logger: this.logger },
    );
    await this.present(report, testView, flags);
  }
}
