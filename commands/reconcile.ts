import { string as argument } from '@oclif/core/args';
import { boolean, integer, option, string } from '@oclif/core/flags';
import { SluiceCommand } from '../src/cli/command.ts';
import { changeFlags, durationFlag, outputFlags, withContext } from '../src/cli/flags.ts';
import { MODES } from '../src/reconcile/options.ts';

export default class Reconcile extends SluiceCommand {
  static override summary = 'Prove that the rows arrived: compare every row and column of tables in two databases.';
  static override description =
    `TABLE is a name (or SCHEMA.TABLE), a pattern such as 'shop.*', or SOURCE=TARGET where the two names differ. Names in quotes are matched exactly. With --connector, tables narrow what the sink writes; put the database in front where its source reads several ('db1.*').
Counts, checksums and the keys that are missing, extra or different. Sessions are read-only unless --repair apply or signal, --marker or --marker-table is given.

Exit codes: 0 equal, 10 different, 12 a database cannot be reached, 13 a table cannot be read or rows of it are hidden, 14 some tables or columns could not be compared, or some rows not repaired, 15 a statement ran into --statement-timeout, 16 rows kept changing, or the comparison contradicts itself. After --repair apply or signal they are about the comparison that follows it.`;
  static override examples = [
    '<%= config.bin %> reconcile orders customers --source sandbox-source --target sandbox-target',
    '<%= config.bin %> reconcile shop.orders=public.orders_copy --source mysql://app@db1/shop --target postgres://app@db2/shop --json',
    '<%= config.bin %> reconcile --connector shop-sink --context sandbox',
    '<%= config.bin %> reconcile --pair shop',
    '<%= config.bin %> reconcile orders --source shop --target warehouse --repair sql --repair-file repair.sql',
    '<%= config.bin %> reconcile orders --source shop --target warehouse --max-load 3 --resume',
    '<%= config.bin %> reconcile orders --source shop --target warehouse --shard 1/8 --json --to shard-1.json',
    '<%= config.bin %> reconcile orders --source shop --target warehouse --repair apply --allow-delete --yes',
    '<%= config.bin %> reconcile --connector shop-sink --context prod --repair signal',
  ];
  static override strict = false;
  static override args = {
    table: argument({ description: 'Tables to compare; several may follow.', ignoreStdin: true }),
  };
  static override flags = {
    pair: string({
      description: 'A pair of sluice.yaml: what is compared, and by what rules; flags go before what it says.',
      helpValue: 'NAME',
    }),
    connector: string({
      description: 'A JDBC sink: tables, databases, columns and fence are read from its pipeline.',
      helpValue: 'SINK',
    }),
    'fence-timeout': durationFlag({ description: 'Longest wait for the pipeline of --connector.', default: '2m' }),
    marker: boolean({
      description: "Move a quiet source on: run its heartbeat statement, or put a message into PostgreSQL's log.",
    }),
    'marker-table': string({
      description: "The same by a row of this table of the source's, with columns id and at.",
      helpValue: 'TABLE',
    }),
    source: string({
      description: 'Database of sluice.yaml, of the sandbox, or its URL.',
      helpValue: 'DB',
    }),
    target: string({ description: 'The database that should have the same rows.', helpValue: 'DB' }),
    key: string({ description: 'Key columns, with commas (default: the primary key).', helpValue: 'COLUMNS' }),
    columns: string({
      description: 'Compare these columns only, and the key; each table must have them.',
      helpValue: 'COLUMNS',
    }),
    'ignore-columns': string({
      description: 'Leave these columns out; each table must have them, on one side at least.',
      helpValue: 'COLUMNS',
    }),
    'rename-columns': string({
      description: 'SOURCE=TARGET names of columns, with commas; each table must have them.',
      helpValue: 'PAIRS',
    }),
    where: string({
      description: 'SQL condition on the rows of both sides; each database must understand it.',
      helpValue: 'CONDITION',
    }),
    mode: option({
      description: 'rows: every difference by key; checksums, counts: only whether there is one; schema: no rows.',
      options: MODES,
      default: 'rows',
    })(),
    'float-tolerance': string({
      description: 'Relative difference up to which floating-point values are equal, such as 1e-9.',
      helpValue: 'PART',
    }),
    strong: boolean({
      description:
        'Compare by 128 bits of MD5 (of SHA-256 where a side has no MD5), even where a faster hash would do.',
    }),
    limit: integer({ description: 'Differences to list per table; all are counted.', default: 100, min: 0 }),
    repair: option({
      description:
        'sql: write the statements that fix the target; apply: run them; signal: have the source of --connector send the rows again.',
      options: ['sql', 'apply', 'signal'] as const,
    })(),
    'repair-file': string({
      description: 'File for the script of --repair sql (default: in the result; an HTML report has none).',
      helpValue: 'FILE',
    }),
    'allow-delete': boolean({ description: 'Let a repair delete rows that only the target has.' }),
    'from-replica': boolean({
      description: 'Repair from a source that is a replica: only where the pipeline reads that replica too.',
    }),
    yes: boolean({ char: 'y', description: 'Repair without asking.' }),
    settle: durationFlag({
      description: 'For tables that are being written to: look at differences again after this time.',
      default: '0s',
    }),
    parallel: integer({
      description: 'Connections a side; more than one are used for tables of some millions of rows.',
      default: 2,
      min: 1,
      max: 32,
    }),
    'part-rows': integer({
      description: 'Rows that one query reads, about (default: 2.5 to 5 million).',
      min: 1000,
      helpValue: 'ROWS',
    }),
    'max-load': string({
      description:
        'Hold back while a small read takes more than this many times as long as it took at its quickest, such as 3.',
      helpValue: 'TIMES',
    }),
    resume: boolean({ description: 'Go on with a large table from where a run that was killed had got to.' }),
    shard: string({
      description: 'Compare one of N shares of every table, such as 1/8; reconcile merge puts the reports together.',
      helpValue: 'I/N',
    }),
    'statement-timeout': durationFlag({ description: 'Longest time of one statement; 0s for none.', default: '0s' }),
    'connect-timeout': durationFlag({ description: 'Longest wait for a connection.', default: '10s' }),
    'mask-values': boolean({
      description: 'Show no values of rows but those of keys, and no messages of the databases.',
    }),
    ...outputFlags(['html']),
    ...changeFlags,
  };

  protected async execute(): Promise<void> {
    const { flags, argv, metadata } = await this.parse(Reconcile);
    const [{ runReconcile }, { recordedReconcile }, { historyFile }, { userFolders }] = await Promise.all([
      import('../src/reconcile/run.ts'),
      import('../src/history/record-reconcile.ts'),
      import('../src/history/history.ts'),
      import('../src/config/paths.ts'),
    ]);
    const given = Object.fromEntries(
      Object.entries(flags).filter(([name]) => name !== 'confirm' && metadata.flags[name]?.setFromDefault !== true),
    );
    const targets = await this.targets(flags);
    const request = {
      ...flags,
      given,
      stateFolder: userFolders().state,
      tables: argv.map(String),
      connect: (context?: string) => {
        const meant = context === undefined ? flags : withContext(flags, context);
        // What a repair writes belongs to the context of its connector.
        return flags.repair === 'apply' || flags.repair === 'signal'
          ? this.connectToChange(meant)
          : this.connect(meant);
      },
      confirm: (question: string) => (flags.yes ? Promise.resolve() : this.confirm(question, '--yes')),
    };
    const ports = {
      clock: this.clock,
      logger: this.logger,
      progress: this.terminal.progress,
      signal: this.signal,
    };
    const running = recordedReconcile(() => runReconcile(request, targets, ports), {
      file: historyFile(userFolders().state),
      clock: this.clock,
      logger: this.logger,
      trigger: 'command',
      words: flags,
      keep: (await targets.project())?.document.reconcile?.history?.keep,
    });
    // While the databases are at work: nothing of it is needed before.
    const [report, { reconcileView }] = await Promise.all([running, import('../src/cli/views/reconcile.ts')]);
    await this.present(report, reconcileView, flags);
  }
}
