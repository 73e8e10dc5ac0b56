import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import type { StateVerb } from '../operate/state.ts';
import { SluiceCommand } from './command.ts';
import { changeFlags, dryRunFlag, outputFlags, waitFlags } from './flags.ts';
import { operateView } from './views/operate.ts';

/** What pause, resume and stop share: all but the word. */
export abstract class StateCommand extends SluiceCommand {
  static override args = {
    names: string({ description: 'Connectors, by name.', multiple: true, required: false, ignoreStdin: true }),
  };
  static override flags = {
    ...outputFlags(),
    ...changeFlags,
    ...waitFlags(),
    ...dryRunFlag,
    all: boolean({ description: 'Every connector of the context.' }),
  };

  protected abstract readonly verb: StateVerb;

  protected async execute(): Promise<void> {
    // With the flags of the command itself, of which resume has one more. The parser asks for own properties only.
    const { args: known, flags: own, baseFlags } = this.constructor as typeof StateCommand;
    const { args, flags } = await this.parse({ args: known, flags: own, baseFlags } as typeof StateCommand);
    const [{ changeState }, { namedTargets }, { operateOptions }] = await Promise.all([
      import('../operate/state.ts'),
      import('../operate/targets.ts'),
      import('../operate/options.ts'),
    ]);
    const { context, client } = await this.connectToChange(flags);
    const names = await namedTargets(client, args.names ?? [], { all: flags.all, verb: this.verb });
    const options = operateOptions(flags as typeof flags & { stable?: string }, this.clock, this.signal);
    await this.present(await changeState(this.verb, names, context.name, client, options), operateView, flags);
  }
}
