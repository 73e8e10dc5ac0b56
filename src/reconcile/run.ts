import { statSync } from 'node:fs';
import path from 'node:path';
import { durationMs } from '../config/duration.ts';
import { openPrivateFile } from '../config/private-file.ts';
import type { Context, Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import { listItems } from '../connect/lists.ts';
import { SluiceError } from '../errors/error.ts';
import type { NamedTables } from './by-connector.ts';
import { timeFence } from './fence.ts';
import { keepHeapSmall } from './memory.ts';
import type { Mode, ReconcilePorts, RepairOptions, RepairPlan, Shard } from './options.ts';
import { type PairRequest, withOwnSettings, withPair } from './pairs.ts';
import { reconcile } from './reconcile.ts';
import { maskValues, type ReconcileReport } from './report.ts';
import type { SignalChannel } from './signal-channel.ts';
import { parseTablePair } from './tables.ts';

/** The command's words, as they were typed or as a pair of sluice.yaml has them. */
export interface ReconcileRequest {
  /** Name of a pair of sluice.yaml, which gives what is not typed. */
  pair?: string | undefined;
  /** What was typed, and so goes before what the pair says. */
  given?: Partial<ReconcileRequest> | undefined;
  /** What the pair adds; made of `pair`. */
  pairRequest?: PairRequest | undefined;
  /** Name of a sink connector, in place of source, target and tables. */
  connector?: string | undefined;
  source?: string | undefined;
  target?: string | undefined;
  tables: readonly string[];
  key?: string | readonly string[] | undefined;
  columns?: string | readonly string[] | undefined;
  'ignore-columns'?: string | readonly string[] | undefined;
  'rename-columns'?: string | Readonly<Record<string, string>> | undefined;
  where?: string | undefined;
  mode: Mode;
  strong: boolean;
  settle: string;
  'fence-timeout': string;
  marker?: boolean | undefined;
  'marker-table'?: string | undefined;
  'float-tolerance'?: string | undefined;
  'mask-values'?: boolean | undefined;
  /** The Connect cluster of --connector; @param context the pair's, where none was named. */
  connect(context?: string): Promise<{ context: Context; client: ConnectClient }>;
  limit: number;
  parallel?: number | undefined;
  'part-rows'?: number | undefined;
  'max-load'?: string | undefined;
  resume?: boolean | undefined;
  /** `I/N` */
  shard?: string | undefined;
  /** Where what this machine keeps of its runs lies. */
  stateFolder?: string | undefined;
  'statement-timeout': string;
  'connect-timeout': string;
  repair?: 'sql' | 'apply' | 'signal' | undefined;
  'repair-file'?: string | undefined;
  /** The file of the result. */
  to?: string | undefined;
  /** The form of the result. */
  output?: string | undefined;
  'allow-delete': boolean;
  'from-replica'?: boolean | undefined;
  /** Rejects where the answer is no. */
  confirm(question: string): Promise<void>;
}

/** @throws USAGE, DATABASE_UNKNOWN, FILE_UNWRITABLE and what `reconcile` throws */
export async function runReconcile(
  words: ReconcileRequest,
  targets: Targets,
  ports: ReconcilePorts,
): Promise<ReconcileReport> {
  keepHeapSmall();
  const request = words.pair === undefined ? words : await withPair(words, words.pair, targets);
  if (request.repair !== 'sql' && request['repair-file'] !== undefined) {
    throw new SluiceError('USAGE', '--repair-file is for --repair sql', { hint: 'Add --repair sql, or leave it out.' });
  }
  refuseUnused(request);
  const { to, 'repair-file': repairFile } = request;
  if (to !== undefined && repairFile !== undefined && isOneFile(to, repairFile)) {
    throw new SluiceError(
      'USAGE',
      `--to and --repair-file are both ${to}: the report would take the place of the script`,
      {
        hint: 'Give each a file of its own.',
      },
    );
  }
  if (request.repair === 'sql' && request.output === 'html' && request['repair-file'] === undefined) {
    throw new SluiceError('USAGE', 'an HTML report has no room for the script of --repair sql', {
      hint: 'Give --repair-file FILE for the script.',
    });
  }
  if (request.repair !== undefined && request.mode !== 'rows') {
    throw new SluiceError('USAGE', `--mode ${request.mode} finds no rows to repair`, { hint: 'Leave --mode out.' });
  }
  if (request.connector === undefined && (request.marker || request['marker-table'] !== undefined)) {
    throw new SluiceError('USAGE', 'a marker is for the fence of a pipeline, and none is named', {
      hint: 'Give --connector SINK, or leave --marker out.',
    });
  }
  const settle = durationMs(request.settle) ?? 0;
  const named = await (request.connector === undefined
    ? namedTables(request, targets)
    : (await import('./by-connector.ts')).connectorTables(request, request.connector, targets, ports));
  const { source, target } = named;
  const tables = withOwnSettings(named.tables, request.pairRequest?.tableSettings ?? []);
  const script = request['repair-file'] === undefined ? keepScript() : openScript(request['repair-file']);
  try {
    const report = await reconcile(
      {
        source,
        target,
        tables,
        key: names(request.key),
        columns: names(request.columns),
        ignore: names(request['ignore-columns']),
        rename: renames(request['rename-columns']),
        mode: request.mode,
        where: request.where,
        commonRules: request.pairRequest?.rules,
        floatTolerance: floatTolerance(request['float-tolerance']),
        fence: settle > 0 ? timeFence(settle, ports) : undefined,
        hash: request.strong ? 'md5-128' : undefined,
        limit: request.limit,
        parallel: request.parallel,
        partRows: request['part-rows'],
        maxLoad: maxLoad(request['max-load']),
        resume: request.resume,
        stateFolder: request.stateFolder === undefined ? undefined : path.join(request.stateFolder, 'reconcile'),
        shard: parseShard(request.shard),
        statementTimeout: durationMs(request['statement-timeout']) ?? 0,
        connectTimeout: durationMs(request['connect-timeout']) ?? 10_000,
        maskErrors: request['mask-values'],
        repair: repairOptions(request, script, named.signals),
        // A source that its connector's own configuration names is the one that the pipeline reads.
        fromReplica: request['from-replica'] ?? (request.connector !== undefined && request.source === undefined),
      },
      ports,
    );
    const full =
      report.repair?.mode === 'sql' && script.lines !== undefined
        ? { ...report, repair: { ...report.repair, script: script.lines } }
        : report;
    const skipped = [...(full.skipped ?? []), ...(named.skipped ?? [])];
    const said = {
      ...full,
      ...(skipped.length === 0 ? {} : { skipped }),
      ...(request.pair === undefined ? {} : { pair: request.pair }),
    };
    return request['mask-values'] ? maskValues(said) : said;
  } finally {
    await named.close();
    script.close();
  }
}

/** Two names of one regular file, be it there already or not. */
function isOneFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  if (a === undefined || b === undefined) return path.resolve(one) === path.resolve(other);
  return a.isFile() && a.ino === b.ino && a.dev === b.dev;
}

/**
 * What was typed and would do nothing: who asks for it believes that it does. A pair of sluice.yaml may have settings for other runs.
 * @throws USAGE
 */
function refuseUnused(request: ReconcileRequest): void {
  const { repair, connector, given } = request;
  const refuse = (flag: string, use: string, hint: string) =>
    new SluiceError('USAGE', `--${flag} is for ${use}`, { hint: `${hint}, or leave --${flag} out.` });
  for (const flag of ['allow-delete', 'from-replica'] as const) {
    if (repair === undefined && request[flag])
      throw refuse(flag, 'a repair, and none is asked for', 'Add --repair apply');
  }
  if (connector === undefined && given?.['fence-timeout'] !== undefined)
    throw refuse('fence-timeout', 'the fence of a pipeline, and none is named', 'Give --connector SINK');
}

async function namedTables(request: ReconcileRequest, targets: Targets): Promise<NamedTables> {
  const { source, target } = request;
  if (source === undefined || target === undefined || request.tables.length === 0) {
    const lacking = [
      ...(request.tables.length === 0 ? ['no table is named'] : []),
      ...(source === undefined ? ['--source is missing'] : []),
      ...(target === undefined ? ['--target is missing'] : []),
    ];
    throw new SluiceError('USAGE', `it is not clear what to compare: ${lacking.join(', ')}`, {
      hint: 'Give TABLE… with --source DB and --target DB, or --connector SINK, or --pair NAME of sluice.yaml.',
    });
  }
  const tables = request.tables.map((written) => ({ ...parseTablePair(written), written }));
  return {
    source: await targets.database(source),
    target: await targets.database(target),
    tables,
    close: async () => {},
  };
}

interface ScriptSink {
  write(line: string): void;
  close(): void;
  /** What was written, where it went to no file. */
  lines?: string[];
}

function repairOptions(
  request: ReconcileRequest,
  script: ScriptSink,
  channel: SignalChannel | undefined,
): RepairOptions | undefined {
  const allowDelete = request['allow-delete'];
  if (request.repair === 'sql') return { mode: 'sql', allowDelete, write: script.write };
  if (request.repair === undefined) return undefined;
  const confirm = ({ rows, deletes, tables }: RepairPlan) => {
    const what = `${rows} ${rows === 1 ? 'row' : 'rows'} of ${tables.join(', ')}`;
    const deleted = deletes > 0 ? `, ${deletes} of them deleted` : '';
    return request.confirm(
      request.repair === 'signal'
        ? `Have ${what} sent again through ${request.connector}${deleted}?`
        : `Write ${what} in ${request.target ?? request.connector}${deleted}?`,
    );
  };
  if (request.repair === 'apply') return { mode: 'apply', allowDelete, confirm };
  if (channel === undefined) {
    throw new SluiceError('USAGE', '--repair signal goes through a pipeline, and none is named', {
      hint: 'Give --connector SINK, or repair with --repair apply.',
    });
  }
  const timeout = durationMs(request['fence-timeout']) ?? 60_000;
  return { mode: 'signal', allowDelete, confirm, channel, timeout };
}

const MOST_LINES = 10_000;

function keepScript(): ScriptSink {
  const lines: string[] = [];
  return {
    lines,
    close: () => {},
    write(line) {
      if (lines.length === MOST_LINES) {
        throw new SluiceError('USAGE', `the repair has more than ${MOST_LINES} statements`, {
          hint: 'Write it to a file: --repair-file repair.sql',
        });
      }
      lines.push(line);
    },
  };
}

function openScript(file: string): ScriptSink {
  const script = openPrivateFile(file, 'Check the path given to --repair-file.');
  return { write: (line) => script.write(`${line}\n`), close: () => script.close() };
}

function names(list: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof list === 'string' ? listItems(list) : list;
}

/** @throws USAGE */
export function renames(
  list: string | Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  if (typeof list !== 'string') return list;
  const pairs = (names(list) ?? []).map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes(''))) {
    throw new SluiceError('USAGE', `"${list}" is no list of SOURCE=TARGET names`, {
      hint: 'Such as --rename-columns note=remark,qty=quantity',
    });
  }
  const twice = pairs.find(([name], index) => pairs.findIndex(([other]) => other === name) < index)?.[0];
  if (twice !== undefined) {
    throw new SluiceError('USAGE', `"${list}" renames ${twice} twice`, {
      hint: 'A column of the source is compared with one of the target.',
    });
  }
  return Object.fromEntries(pairs);
}

function floatTolerance(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new SluiceError('USAGE', `"${text}" is no relative tolerance`, {
    hint: 'Write a part of the value from 0 to 1, such as --float-tolerance 1e-9.',
  });
}

function maxLoad(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const times = Number(text);
  if (text.trim() !== '' && times > 1 && Number.isFinite(times)) return times;
  throw new SluiceError('USAGE', `--max-load ${text} is not a number`, {
    hint: 'Write a number above 1: --max-load 3 holds back while a small read takes three times its quickest.',
  });
}

/** @throws USAGE */
export function parseShard(text: string | undefined): Shard | undefined {
  if (text === undefined) return undefined;
  const [, index = '', of = ''] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (shard.index >= 1 && shard.index <= shard.of) return shard;
  throw new SluiceError('USAGE', `--shard ${text} is no share of a table`, {
    hint: 'Write I/N with I from 1 to N: --shard 1/8. In a Kubernetes indexed job: --shard $((JOB_COMPLETION_INDEX+1))/8.',
  });
}
