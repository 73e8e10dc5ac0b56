import { StateCommand } from '../src/cli/state-command.ts';

export default class Pause extends StateCommand {
  static override summary = 'Pause connectors; tasks stay assigned but process no records.';
  static override description = 'Connect only accepts the request; the command waits until every task is PAUSED.';
  static override examples = [
    '<%= config.bin %> pause orders-sink',
    "<%= config.bin %> pause 'orders-*' --type sink --context staging",
  ];
  protected override readonly verb = 'pause';
}
