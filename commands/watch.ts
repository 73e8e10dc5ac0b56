import { boolean } from '@oclif/core/flags';
import { type FlagsOf, SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, durationFlag, pathsArgs, selectFlags } from '../src/cli/flags.ts';
import { refuseProtected } from '../src/cli/guard.ts';
import { type WatchDocument, watchDeployText } from '../src/cli/views/watch-deploy.ts';
import { WATCH_DEFAULTS } from '../src/deploy/request.ts';

export default class Watch extends SluiceCommand {
  static override summary = 'Deploy now and on every file change, for development.';
  static override description =
    'Each change is validated first. If it is rejected, the previous version keeps running; if its tasks fail, it is rolled back. Watches connector files, overlays, env files and sluice.yaml. Ends with Ctrl-C (130). Refuses protected contexts.';
  static override examples = [
    '<%= config.bin %> watch connectors/ --context sandbox',
    '<%= config.bin %> watch --env-file dev.env --debounce 1s --json',
  ];
  static override args = pathsArgs;
  static override flags = {
    json: boolean({ description: 'One line of JSON per deploy.', helpGroup: 'OUTPUT' }),
    ...contextFlags,
    ...selectFlags,
    debounce: durationFlag(
      { description: 'How long files must stay unchanged before they are read.' },
      WATCH_DEFAULTS.debounce,
    ),
    timeout: durationFlag(
      { description: 'Give up on the tasks of one deploy after this long.' },
      WATCH_DEFAULTS.timeout,
    ),
    stable: durationFlag({ description: 'How long every task must keep running.' }, WATCH_DEFAULTS.stable),
    preflight: boolean({
      description: 'First check that the databases are ready for the connectors.',
      default: WATCH_DEFAULTS.preflight,
      allowNo: true,
    }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Watch);
    const [{ watchAndDeploy }, { watchedFiles }] = await Promise.all([
      import('../src/deploy/watch.ts'),
      import('../src/deploy/watched-files.ts'),
    ]);
    const events = watchAndDeploy({
      files: async () => watchedFiles(await this.targets(flags), args.paths ?? [], await this.envFiles(flags)),
      deploy: () => this.deployOnce(args.paths ?? [], flags),
      clock: this.clock,
      signal: this.signal,
      debounceMs: flags.debounce,
    });
    for await (const event of events) this.emit<WatchDocument>(event, watchDeployText(event, this.terminal.out), flags);
    this.endInterrupted();
  }

  /** Reads everything again: sluice.yaml, variables, and the files they name. */
  private async deployOnce(paths: readonly string[], flags: FlagsOf<typeof Watch>) {
    const [{ deployFiles }, { silentProgress }] = await Promise.all([
      import('../src/deploy/files.ts'),
      import('../src/ports/progress.ts'),
    ]);
    await using cluster = await this.connect(flags);
    refuseProtected(cluster.context);
    const { only, exclude, timeout, stable, preflight } = flags;
    const request = { paths, only, exclude, timeout, stable, preflight };
    return await deployFiles(request, await this.targets(flags), {
      ...this.ports,
      ...(await cluster.deployPorts()),
      progress: silentProgress,
      confirmPrune: async () => {},
    });
  }
}
