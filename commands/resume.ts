import { stableFlag } from '../src/cli/flags.ts';
import { StateCommand } from '../src/cli/state-command.ts';

export default class Resume extends StateCommand {
  static override summary = 'Resume paused or stopped connectors.';
  static override description =
    'Connect only accepts the request; the command waits until every task runs, and fails (exit 13) if one has FAILED.';
  static override examples = [
    '<%= config.bin %> resume orders-sink',
    '<%= config.bin %> resume --all --context staging --yes',
  ];
  static override flags = { ...StateCommand.flags, ...stableFlag };
  protected override readonly verb = 'resume';
}
