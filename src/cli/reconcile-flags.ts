import { boolean, integer, option, string } from '@oclif/core/flags';
import { MODES } from '../reconcile/model.ts';
import { DEFAULTS, isTolerance } from '../reconcile/request.ts';
import {
  changeFlags,
  durationFlag,
  fileFlag,
  listFlag,
  measuredOutputFlags,
  numberFlag,
  renamesFlag,
  shardFlag,
} from './flags.ts';

/** The flags under a heading of their own in the help. */
function grouped<Flags extends Record<string, { helpGroup?: string }>>(helpGroup: string, flags: Flags): Flags {
  for (const flag of Object.values(flags)) flag.helpGroup = helpGroup;
  return flags;
}

/** Flags of `sluice reconcile`; see `ReconcileRequest`. */
export const reconcileFlags = {
  ...grouped('TABLE', {
    pair: string({
      description: 'Named pair from sluice.yaml; flags override it.',
      helpValue: 'NAME',
    }),
    connector: string({
      description: 'A JDBC sink; tables, databases, columns and fence are taken from its pipeline.',
      helpValue: 'SINK',
    }),
    source: string({
      description: 'Database in sluice.yaml or the sandbox, or a URL.',
      helpValue: 'DB',
    }),
    target: string({ description: 'Database that should have the same rows.', helpValue: 'DB' }),
    key: listFlag({ description: 'Comma-separated key columns (default: the primary key).', helpValue: 'COLUMNS' }),
    columns: listFlag({
      description: 'Compare only these columns and the key; each table must have them.',
      helpValue: 'COLUMNS',
    }),
    'ignore-columns': listFlag({
      description: 'Ignore these columns; each table must have them on at least one side.',
      helpValue: 'COLUMNS',
    }),
    'rename-columns': renamesFlag({
      description: 'Comma-separated SOURCE=TARGET column names; each table must have them.',
      helpValue: 'PAIRS',
    }),
    where: string({
      description: 'SQL condition for the rows of both sides; each database must understand it.',
      helpValue: 'CONDITION',
    }),
  }),
  ...grouped('COMPARISON', {
    mode: option({
      description:
        'rows: list each difference by key; checksums, counts: only detect differences; schema: do not compare rows.',
      options: MODES,
      default: DEFAULTS.mode,
    })(),
    'float-tolerance': numberFlag(
      {
        description: 'Relative difference up to which floating-point values count as equal, such as 1e-9.',
        helpValue: 'FRACTION',
      },
      isTolerance,
      {
        what: 'tolerance',
        expected: 'a number from 0 to 1',
        hint: 'It is relative to the value, such as --float-tolerance 1e-9.',
      },
    ),
    strong: boolean({
      description: 'Compare 128 bits of MD5 (of SHA-256 if a side has no MD5), even if a faster hash would do.',
    }),
    limit: integer({ description: 'Differences to list per table; all are counted.', default: DEFAULTS.limit, min: 0 }),
    'mask-values': boolean({
      description: 'Show no row values except keys, and no messages from the databases.',
    }),
    settle: durationFlag(
      { description: 'Check differences again after this time, for tables that are being written to.' },
      DEFAULTS.settle,
    ),
    'fence-timeout': durationFlag(
      { description: 'How long to wait for the pipeline of --connector.' },
      DEFAULTS.fenceTimeout,
    ),
    marker: boolean({
      description: "Advance a quiet source: run its heartbeat statement, or write a message to PostgreSQL's log.",
    }),
    'marker-table': string({
      description: 'Like --marker, but writes a row to this source table, which has the columns id and at.',
      helpValue: 'TABLE',
    }),
  }),
  ...grouped('REPAIR', {
    repair: option({
      description:
        'sql: write the statements that fix the target; apply: run them; signal: have the source of --connector resend the rows.',
      options: ['sql', 'apply', 'signal'] as const,
    })(),
    'repair-file': fileFlag({
      description:
        'File for the script of --repair sql (default: part of the result, except for HTML); an existing file is replaced.',
    }),
    'allow-delete': boolean({ description: 'Let a repair delete rows that only the target has.' }),
    'from-replica': boolean({
      description: 'Repair from a source that is a replica; only if the pipeline reads that replica too.',
    }),
    yes: boolean({ char: 'y', description: 'Repair without asking.' }),
  }),
  ...grouped('SPEED', {
    parallel: integer({
      description: 'Connections per side; only tables of several million rows use more than one.',
      default: DEFAULTS.parallel,
      min: 1,
      max: 32,
    }),
    'part-rows': integer({
      description: 'Approximate number of rows per query (default: 2.5 to 5 million).',
      min: 1000,
      helpValue: 'ROWS',
    }),
    'max-load': numberFlag(
      {
        description: 'Slow down while reads take more than N times the fastest one.',
        helpValue: 'N',
      },
      (times) => times > 1,
      {
        what: 'load limit',
        expected: 'a number above 1',
        hint: '--max-load 3 slows down while reads take more than 3 times the fastest one.',
      },
    ),
    resume: boolean({ description: 'Resume large tables where an interrupted run stopped.' }),
    shard: shardFlag({
      description: 'Compare one of N shards of every table, such as 1/8; reconcile merge merges the reports.',
      helpValue: 'I/N',
    }),
    'statement-timeout': durationFlag(
      { description: 'Maximum duration of one statement; 0s for no limit.' },
      DEFAULTS.statementTimeout,
    ),
    'connect-timeout': durationFlag({ description: 'How long to wait for a connection.' }, DEFAULTS.connectTimeout),
  }),
  ...measuredOutputFlags(['html']),
  ...changeFlags,
};
