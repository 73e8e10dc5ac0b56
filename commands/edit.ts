import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { editConfig } from '../src/cli/edit-config.ts';
import { changeFlags, outputFlags, rollbackFlag, stableFlag, waitFlags, yesFlag } from '../src/cli/flags.ts';
import { plannedText } from '../src/cli/views/deploy.ts';
import { patchView } from '../src/cli/views/patch.ts';
import { DEFAULTS } from '../src/deploy/request.ts';

export default class Edit extends SluiceCommand {
  static override summary = 'Edit the configuration of a live connector in your editor.';
  static override description =
    'Opens the configuration in VISUAL or EDITOR, with secrets masked: a line that you do not change keeps its secret. What you save is shown as a difference, checked offline and by the worker, and written after a question, as by sluice patch. If it is refused, the editor opens again with the reason on top; what is not written is kept in a file.';
  static override examples = ['<%= config.bin %> edit orders-sink', '<%= config.bin %> edit orders-sink --file'];
  static override args = { name: string({ description: 'The connector.', required: true, ignoreStdin: true }) };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(DEFAULTS.timeout, 'every task is running'),
    ...stableFlag,
    ...rollbackFlag,
    ...yesFlag,
    file: boolean({ description: 'Change the file of the project too.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Edit);
    const { patchConnectors } = await import('../src/deploy/patch.ts');
    await using cluster = await this.connect(flags);
    const targets = await this.targets(flags);
    const confirmChanges = await this.patchQuestion(cluster.context, flags, 'Change', plannedText);
    const ports = { ...this.ports, ...(await cluster.deployPorts()), verb: 'edit' as const, confirmChanges };
    const editing = { environment: this.environment, hasTerminal: this.terminal.canAsk, logger: this.logger };
    const report = await editConfig(args.name, cluster, targets, editing, (edit) =>
      patchConnectors({ names: [args.name], undecided: [] }, { ...flags, ...edit }, targets, ports),
    );
    if (report === undefined) return this.terminal.note('Nothing was changed.');
    await this.present(report, patchView, flags);
  }
}
