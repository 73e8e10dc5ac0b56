import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, outputFlags, waitFlags } from '../src/cli/flags.ts';
import { operateView } from '../src/cli/views/operate.ts';

export default class Stop extends SluiceCommand {
  static override summary = 'Stop connectors: their tasks end and free what they hold; offsets can then be changed.';
  static override description = 'Needs Kafka Connect 3.5. The command waits until no task is left.';
  static override examples = ['<%= config.bin %> stop orders-sink', '<%= config.bin %> stop --all --context staging'];
  static override args = {
    names: string({ description: 'Connectors to stop.', multiple: true, required: false, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    all: boolean({ description: 'Every connector of the context.' }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Stop);
    const [{ changeState }, { namedTargets }, { operateOptions }] = await Promise.all([
      import('../src/operate/state.ts'),
      import('../src/operate/targets.ts'),
      import('../src/operate/options.ts'),
    ]);
    const { context, client } = await this.connectToChange(flags);
    const names = await namedTargets(client, args.names ?? [], { all: flags.all, verb: 'stop' });
    const options = operateOptions(flags, this.clock, this.signal);
    await this.present(await changeState('stop', names, context.name, client, options), operateView, flags);
  }
}
