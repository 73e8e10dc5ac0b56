import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, outputFlags, waitFlags } from '../src/cli/flags.ts';
import { operateView } from '../src/cli/views/operate.ts';

export default class Pause extends SluiceCommand {
  static override summary = 'Pause connectors: their tasks stay, but move nothing.';
  static override description = 'Connect only accepts the request; the command waits until every task is PAUSED.';
  static override examples = ['<%= config.bin %> pause orders-sink', '<%= config.bin %> pause --all --context staging'];
  static override args = {
    names: string({ description: 'Connectors to pause.', multiple: true, required: false, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    all: boolean({ description: 'Every connector of the context.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Pause);
    const [{ changeState }, { namedTargets }, { operateOptions }] = await Promise.all([
      import('../src/operate/state.ts'),
      import('../src/operate/targets.ts'),
      import('../src/operate/options.ts'),
    ]);
    const { context, client } = await this.connectToChange(flags);
    const names = await namedTargets(client, args.names ?? [], { all: flags.all, verb: 'pause' });
    const options = operateOptions(flags, this.clock, this.signal);
    await this.present(await changeState('pause', names, context.name, client, options), operateView, flags);
  }
}
