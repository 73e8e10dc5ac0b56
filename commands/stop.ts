import { StateCommand } from '../src/cli/state-command.ts';

export default class Stop extends StateCommand {
  static override summary = 'Stop connectors and release their resources.';
  static override description = 'Requires Kafka Connect 3.5. The command waits until no task is left.';
  static override examples = ['<%= config.bin %> stop orders-sink', '<%= config.bin %> stop --all --context staging'];
  protected override readonly verb = 'stop';
}
