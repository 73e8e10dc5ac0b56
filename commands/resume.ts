import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, outputFlags, waitFlags } from '../src/cli/flags.ts';
import { operateView } from '../src/cli/views/operate.ts';

export default class Resume extends SluiceCommand {
  static override summary = 'Resume paused or stopped connectors.';
  static override description =
    'Connect only accepts the request; the command waits until every task runs, and fails (exit 13) when one has FAILED.';
  static override examples = [
    '<%= config.bin %> resume orders-sink',
    '<%= config.bin %> resume --all --context staging',
  ];
  static override args = {
    names: string({ description: 'Connectors to resume.', multiple: true, required: false, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    all: boolean({ description: 'Every connector of the context.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Resume);
    const [{ changeState }, { namedTargets }, { operateOptions }] = await Promise.all([
      import('../src/operate/state.ts'),
      import('../src/operate/targets.ts'),
      import('../src/operate/options.ts'),
    ]);
    const { context, client } = await this.connectToChange(flags);
    const names = await namedTargets(client, args.names ?? [], { all: flags.all, verb: 'resume' });
    const options = operateOptions(flags, this.clock, this.signal);
    await this.present(await changeState('resume', names, context.name, client, options), operateView, flags);
  }
}
