import { string as argument } from '@oclif/core/args';
import { SluiceCommand } from '../src/cli/command.ts';
import { withContext } from '../src/cli/flags.ts';
import { reconcileFlags } from '../src/cli/reconcile-flags.ts';
import { checkScriptFile } from '../src/cli/result-file.ts';
import { settingsOf } from '../src/cli/settings-of.ts';

export default class Reconcile extends SluiceCommand {
  static override summary = 'Prove that the rows arrived: compare every row and column of tables in two databases.';
  static override description =
    `TABLE is a name (or SCHEMA.TABLE), a pattern such as 'shop.*', or SOURCE=TARGET if the two names differ. Quoted names match exactly. With --connector, only these of the sink's tables are compared; put the database in front if its source reads several ('db1.*').

Reports counts, checksums and the keys that are missing, extra or different. Sessions are read-only unless --repair apply or signal, --marker or --marker-table is given.

Exit codes: 0 equal, 10 different, 12 a database cannot be reached, 13 a table cannot be read or hides rows, 14 some tables or columns could not be compared, or some rows not repaired, 15 a statement exceeded --statement-timeout, 16 rows kept changing, or the comparison contradicts itself. After --repair apply or signal, the exit code is that of the comparison after the repair.`;
  static override examples = [
    '<%= config.bin %> reconcile orders customers --source sandbox-source --target sandbox-target',
    '<%= config.bin %> reconcile shop.orders=public.orders_copy --source mysql://app@db1/shop --target postgres://app@db2/shop --json',
    '<%= config.bin %> reconcile --connector shop-sink --context sandbox',
    '<%= config.bin %> reconcile --pair shop',
    '<%= config.bin %> reconcile orders --source shop --target warehouse --repair sql --repair-file repair.sql',
    '<%= config.bin %> reconcile --pair shop --repair sql -o html --to report.html',
    '<%= config.bin %> reconcile orders --source shop --target warehouse --max-load 3 --resume',
    '<%= config.bin %> reconcile orders --source shop --target warehouse --shard 1/8 --json --to shard-1.json',
    '<%= config.bin %> reconcile orders --source shop --target warehouse --repair apply --allow-delete --yes',
    '<%= config.bin %> reconcile --connector shop-sink --context prod --repair signal',
  ];
  static override strict = false;
  static override args = {
    table: argument({ description: 'Tables to compare; several may follow.', ignoreStdin: true }),
  };
  static override flags = reconcileFlags;

  protected override readonly traced = 'run';

  protected async execute(): Promise<void> {
    const { flags, argv, metadata } = await this.parse(Reconcile);
    const [{ runReconcile }, { recordedReconcile }, { userFolders }] = await Promise.all([
      import('../src/reconcile/run.ts'),
      import('../src/reconcile/record.ts'),
      import('../src/config/paths.ts'),
    ]);
    checkScriptFile(flags);
    const targets = await this.targets(flags);
    const request = { ...settingsOf(flags, metadata), tables: argv.map(String) };
    const access = {
      stateFolder: userFolders().state,
      connect: (context?: string) => {
        const chosen = context === undefined ? flags : withContext(flags, context);
        // What a repair writes belongs to the context of its connector.
        return flags.repair === 'apply' || flags.repair === 'signal'
          ? this.connectToChange(chosen)
          : this.connect(chosen);
      },
      confirm: (question: string) => (flags.yes ? Promise.resolve() : this.confirm(question, '--yes')),
    };
    const running = recordedReconcile(() => runReconcile(request, targets, access, this.ports), {
      ...this.ports,
      store: () => this.store(),
      trigger: 'command',
      request,
      keep: (await targets.project())?.document.reconcile?.history?.keep,
    });
    // Load the view while the databases are at work.
    const [report, { reconcileView }] = await Promise.all([running, import('../src/cli/views/reconcile.ts')]);
    await this.present(report, reconcileView, flags);
  }
}
