import type { Selected, Selection } from '../connect/selection.ts';
import type { OffsetsBackup } from '../operate/offsets/backup.ts';
import type { OffsetsPorts, OffsetsReport } from '../operate/offsets/change.ts';
import type { OffsetsRequest } from '../operate/offsets/plan-for.ts';
import type { OperateOptions } from '../operate/targets.ts';
import { visibleTree } from '../text/visible.ts';
import { SluiceCommand } from './command.ts';
import type { OpenContext } from './context.ts';
import type { OperateFlags } from './operate-options.ts';
import { offsetsChangeView } from './views/offsets-change.ts';

type ChangeFlags = OperateFlags & { yes: boolean; confirm?: string | undefined } & Parameters<
    OffsetsCommand['present']
  >[2];

/** Shared by the commands of `sluice offsets`. */
export abstract class OffsetsCommand extends SluiceCommand {
  protected async offsetsPorts(cluster: OpenContext): Promise<OffsetsPorts> {
    const [{ Journal }, { userFolders }] = await Promise.all([
      import('../operate/journal.ts'),
      import('../config/paths.ts'),
    ]);
    const stateFolder = userFolders(this.environment).state;
    return {
      client: cluster.client,
      kafka: () => cluster.kafka(),
      journal: new Journal(stateFolder, this.clock),
      stateFolder,
      context: cluster.name,
    };
  }

  /** Opens the context and finds the connectors that are selected. @throws if none is */
  protected async select(
    verb: string,
    { names = [] }: { names?: string[] | undefined },
    flags: Omit<Selection, 'names'> & Parameters<OffsetsCommand['connect']>[0],
  ): Promise<Selected & { cluster: OpenContext }> {
    const { assertSelection, selectConnectors } = await import('../connect/selection.ts');
    const { all = false, type, class: ofClass, state } = flags;
    const selection = { names, all, type, class: ofClass, state };
    assertSelection(selection, `offsets ${verb}`);
    const cluster = await this.connect(flags);
    return { cluster, ...(await selectConnectors(cluster.client, selection)) };
  }

  /** The connectors of a backup that are selected. @throws if none is */
  protected async selectIn(
    backup: OffsetsBackup,
    verb: string,
    { names = [] }: { names?: string[] | undefined },
    all: boolean,
  ): Promise<string[]> {
    const { assertSelection, selectConnectors } = await import('../connect/selection.ts');
    assertSelection({ names, all }, `offsets ${verb}`);
    const list = async () => backup.connectors.map(({ name }) => name);
    return (await selectConnectors({ list, listing: async () => ({ connectors: [], unreadable: [] }) }, { names, all }))
      .names;
  }

  /** Shows what a request comes to, asks, and carries it out. */
  protected async changeOffsets(
    { cluster, names, undecided }: Selected & { cluster: OpenContext },
    request: OffsetsRequest,
    flags: ChangeFlags,
  ): Promise<void> {
    const [{ changeOffsets, pendingNames }, ports] = await Promise.all([
      import('../operate/offsets/change.ts'),
      this.offsetsPorts(cluster),
    ]);
    const preview = await this.preview(flags, (options) =>
      changeOffsets(names, request, ports, { ...options, undecided }),
    );
    const pending = pendingNames(preview);
    if (flags['dry-run'] || pending.length === 0) return this.present(preview, offsetsChangeView, flags);
    await this.carryOut(cluster, preview, pending, flags, (options) => changeOffsets(pending, request, ports, options));
  }

  /** Asks, runs what a preview has shown, and presents the results of all that were asked for. */
  protected async carryOut(
    cluster: OpenContext,
    preview: OffsetsReport,
    names: readonly string[],
    flags: ChangeFlags,
    run: (options: OperateOptions) => Promise<OffsetsReport>,
  ): Promise<void> {
    const { withPreview } = await import('../operate/offsets/change.ts');
    await this.#ask(cluster, preview, names, flags);
    const report = await this.operate({ verb: 'offsets', context: cluster.name, names }, flags, async (options) =>
      withPreview(preview, await run(options)),
    );
    await this.present(report, offsetsChangeView, flags);
  }

  /** What would be done; nothing is. */
  protected async preview(
    flags: OperateFlags,
    run: (options: OperateOptions) => Promise<OffsetsReport>,
  ): Promise<OffsetsReport> {
    const { operateOptions } = await import('./operate-options.ts');
    const report = await run({ ...operateOptions(flags, this.clock, this.signal), dryRun: true });
    return { ...report, dryRun: flags['dry-run'] ?? false };
  }

  /** @throws CONTEXT_PROTECTED, CONFIRMATION_REQUIRED */
  async #ask(
    { context }: OpenContext,
    preview: OffsetsReport,
    names: readonly string[],
    flags: ChangeFlags,
  ): Promise<void> {
    const isAnswered = context.protected ? flags.confirm !== undefined : flags.yes;
    if (this.terminal.canAsk && !isAnswered)
      this.terminal.writeError(`${offsetsChangeView.table(visibleTree(preview), this.terminal.err)}\n`);
    await this.approve(context, flags, { verb: `${preview.verb} the offsets of`, names, destroys: true });
  }
}
