import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import type { StateVerb } from '../operate/state.ts';
import { SluiceCommand } from './command.ts';
import { changeFlags, dryRunFlag, outputFlags, waitFlags } from './flags.ts';
import { refuseKind } from './refuse-kind.ts';
import { operateView } from './views/operate.ts';

/** Shared by pause, resume and stop, which differ only in the verb. */
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
    // The command's own flags: resume has one more. The parser reads own properties only.
    const { args: known, flags: own, baseFlags } = this.constructor as typeof StateCommand;
    const { args, flags } = await this.parse({ args: known, flags: own, baseFlags } as typeof StateCommand);
    const [{ changeState }, { namedTargets }] = await Promise.all([
      import('../operate/state.ts'),
      import('../operate/targets.ts'),
    ]);
    await using cluster = await this.connect(flags);
    await refuseKind(this.verb, args.names ?? [], cluster.client);
    const names = await namedTargets(cluster.client, args.names ?? [], { all: flags.all, verb: this.verb });
    await this.guardOperation(cluster.context, flags, this.verb, names);
    const report = await this.operate({ verb: this.verb, context: cluster.name, names }, flags, (options) =>
      changeState(this.verb, names, cluster.name, cluster.client, options),
    );
    await this.present(report, operateView, flags);
  }
}
