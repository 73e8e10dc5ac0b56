import { boolean } from '@oclif/core/flags';
import { type FlagsOf, SluiceCommand } from '../src/cli/command.ts';
import { contextFlags, durationFlag, pathsArgs, selectFlags } from '../src/cli/flags.ts';
import { refuseProtected } from '../src/cli/guard.ts';
import { watchDeployText } from '../src/cli/views/watch-deploy.ts';

export default class Watch extends SluiceCommand {
  static override summary = 'Deploy, and again whenever a file changes: for development.';
  static override description =
    'Each change is validated first; one that is not accepted, or whose tasks fail, leaves (or puts back) what ran before. Looks at connector files, overlays, env files and sluice.yaml. Ends with Ctrl-C (130). Refuses protected contexts.';
  static override examples = [
    '<%= config.bin %> watch connectors/ --context sandbox',
    '<%= config.bin %> watch --env-file .env --debounce 1s --json',
  ];
  static override args = pathsArgs;
  static override flags = {
    json: boolean({ description: 'One line of JSON per deploy.', helpGroup: 'OUTPUT' }),
    ...contextFlags,
    ...selectFlags,
    debounce: durationFlag({
      description: 'How long files must be left alone before they are read.',
      default: '500ms',
    }),
    timeout: durationFlag({ description: 'Longest wait for the tasks of one deploy.', default: '1m' }),
    stable: durationFlag({ description: 'How long every task must run without a break.', default: '2s' }),
    preflight: boolean({
      description: 'Look first whether the databases meet what the connectors need.',
      default: true,
      allowNo: true,
    }),
  };

  protected async execute(): Promise<void> {
    const { args, flags } = await this.parse(Watch);
    const [{ watchAndDeploy }, { watchedFiles }, { durationMs }] = await Promise.all([
      import('../src/project/watch.ts'),
      import('../src/project/watched-files.ts'),
      import('../src/config/duration.ts'),
    ]);
    const events = watchAndDeploy({
      files: async () => watchedFiles(await this.targets(flags), args.paths ?? [], flags['env-file'] ?? []),
      deploy: () => this.deployOnce(args.paths ?? [], flags),
      clock: this.clock,
      signal: this.signal,
      debounceMs: durationMs(flags.debounce) ?? 500,
    });
    for await (const event of events) this.emit(event, watchDeployText(event, this.terminal.out), flags);
    this.endInterrupted();
  }

  /** Everything is read anew: sluice.yaml, variables, and what they lead to. */
  private async deployOnce(paths: readonly string[], flags: FlagsOf<typeof Watch>) {
    const [
      { deployFiles },
      { GroupReader },
      kafka,
      { readStdin },
      { historyFile },
      { userFolders },
      { silentProgress },
    ] = await Promise.all([
      import('../src/deploy/files.ts'),
      import('../src/monitor/group-reader.ts'),
      import('../src/kafka/open.ts'),
      import('../src/cli/stdin.ts'),
      import('../src/history/history.ts'),
      import('../src/config/paths.ts'),
      import('../src/ports/progress.ts'),
    ]);
    const { context, client } = await this.connect(flags);
    refuseProtected(context);
    await using groups = new GroupReader(kafka.kafkaOpener(context));
    return await deployFiles(
      paths,
      await this.targets(flags),
      { ...flags, wait: true, concurrency: 8, 'dry-run': false, rollback: true },
      {
        client,
        groups,
        clock: this.clock,
        signal: this.signal,
        logger: this.logger,
        progress: silentProgress,
        stdin: readStdin,
        historyFile: historyFile(userFolders().state),
        confirmPrune: async () => {},
        context: context.name,
        topics: kafka.topicOpener(context),
      },
    );
  }
}
