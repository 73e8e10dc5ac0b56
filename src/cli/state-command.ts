import type { StateVerb } from '../operate/state.ts';
import { SluiceCommand } from './command.ts';
import { connectorArgs, operationFlags, outputFlags, waitFlags } from './flags.ts';
import { operateView } from './views/operate.ts';

/** Shared by pause, resume and stop, which differ only in the verb. */
export abstract class StateCommand extends SluiceCommand {
  static override args = connectorArgs;
  static override flags = {
    ...outputFlags(),
    ...operationFlags,
    ...waitFlags(),
  };

  protected abstract readonly verb: StateVerb;

  protected async execute(): Promise<void> {
    // The command's own flags: resume has one more. The parser reads own properties only.
    const { args: known, flags: own, baseFlags } = this.constructor as typeof StateCommand;
    const { args, flags } = await this.parse({ args: known, flags: own, baseFlags } as typeof StateCommand);
    const { changeState } = await import('../operate/state.ts');
    const { cluster, names, undecided } = await this.connectAndSelect(this.verb, args, flags);
    await this.approve(cluster.context, flags, { verb: this.verb, names });
    const report = await this.operate({ verb: this.verb, context: cluster.name, names }, flags, (options) =>
      changeState(this.verb, names, cluster.name, cluster.client, { ...options, undecided }),
    );
    await this.present(report, operateView, flags);
  }
}
