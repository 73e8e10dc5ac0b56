import { closeSync, openSync, writeSync } from 'node:fs';
import { durationMs } from '../config/duration.ts';
import type { Context, Database, Targets } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import { SluiceError } from '../errors/error.ts';
import { kafkaOpener } from '../kafka/open.ts';
import { connectorFence, timeFence } from './fence.ts';
import { keepYoungSpaceSmall } from './memory.ts';
import type { Mode, ReconcilePorts, RepairOptions } from './options.ts';
import { choosePipeline, sinkUrl, sourceUrl } from './pipeline.ts';
import { reconcile } from './reconcile.ts';
import type { ReconcileReport } from './report.ts';
import { parseTablePair, type TablePairReference } from './tables.ts';

/** The command's words, as they were typed. */
export interface ReconcileRequest {
  /** Name of a sink connector, in place of source, target and tables. */
  connector?: string | undefined;
  source?: string | undefined;
  target?: string | undefined;
  tables: readonly string[];
  key?: string | undefined;
  columns?: string | undefined;
  'ignore-columns'?: string | undefined;
  'rename-columns'?: string | undefined;
  where?: string | undefined;
  mode: Mode;
  strong: boolean;
  settle: string;
  'fence-timeout': string;
  /** The Connect cluster of --connector. */
  connect(): Promise<{ context: Context; client: ConnectClient }>;
  limit: number;
  'statement-timeout': string;
  'connect-timeout': string;
  repair?: 'sql' | 'apply' | undefined;
  'repair-file'?: string | undefined;
  'allow-delete': boolean;
  /** Rejects where the answer is no. */
  confirm(question: string): Promise<void>;
}

/** @throws USAGE, DATABASE_UNKNOWN, FILE_UNWRITABLE and what `reconcile` throws */
export async function runReconcile(
  request: ReconcileRequest,
  targets: Targets,
  ports: ReconcilePorts,
): Promise<ReconcileReport> {
  keepYoungSpaceSmall();
  if (request.repair !== 'sql' && request['repair-file'] !== undefined) {
    throw new SluiceError('USAGE', '--repair-file is for --repair sql', { hint: 'Add --repair sql, or leave it out.' });
  }
  if (request.repair !== undefined && request.mode !== 'rows') {
    throw new SluiceError('USAGE', `--mode ${request.mode} finds no rows to repair`, { hint: 'Leave --mode out.' });
  }
  const settle = durationMs(request.settle) ?? 0;
  const named = await (request.connector === undefined
    ? namedTables(request, targets)
    : connectorTables(request, request.connector, targets, ports));
  const { source, target, tables } = named;
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
        fence: settle > 0 ? timeFence(settle, ports) : undefined,
        hash: request.strong ? 'md5-128' : undefined,
        limit: request.limit,
        statementTimeout: durationMs(request['statement-timeout']) ?? 0,
        connectTimeout: durationMs(request['connect-timeout']) ?? 10_000,
        repair: repairOptions(request, script),
      },
      ports,
    );
    return report.repair?.mode === 'sql' && script.lines !== undefined
      ? { ...report, repair: { ...report.repair, script: script.lines } }
      : report;
  } finally {
    await named.close();
    script.close();
  }
}

interface NamedTables {
  source: Database;
  target: Database;
  tables: TablePairReference[];
  close(): Promise<void>;
}

async function namedTables(request: ReconcileRequest, targets: Targets): Promise<NamedTables> {
  const { source, target } = request;
  if (source === undefined || target === undefined || request.tables.length === 0) {
    throw new SluiceError('USAGE', 'what is to be compared is not said', {
      hint: 'Give TABLE… with --source DB and --target DB, or --connector SINK.',
    });
  }
  const tables = request.tables.map(parseTablePair);
  return {
    source: await targets.database(source),
    target: await targets.database(target),
    tables,
    close: async () => {},
  };
}

/** Tables, databases and fence of a sink, as its own configuration and those of the sources tell them. */
async function connectorTables(
  request: ReconcileRequest,
  connector: string,
  targets: Targets,
  ports: ReconcilePorts,
): Promise<NamedTables> {
  const { context, client } = await request.connect();
  const listed = await client.listExpanded();
  const sink = await client.get(connector);
  const open = kafkaOpener(context);
  const kafka = open === undefined ? undefined : await open();
  try {
    const topics = kafka === undefined ? await client.topics(connector) : await kafka.topics();
    const connectors = listed.map(({ name, info }) => ({ name, config: info.config }));
    const pipeline = choosePipeline({ name: sink.name, config: sink.info.config }, connectors, topics, request.tables);
    for (const { topic, reason } of pipeline.unknown) ports.logger.warn(`topic ${topic} is left out: ${reason}`);
    if (kafka === undefined)
      ports.logger.warn('the context names no Kafka: differences are not fenced by the sink’s offsets');
    const timeout = durationMs(request['fence-timeout']) ?? 60_000;
    return {
      source: await databaseOf(
        request.source,
        pipeline.source.name,
        sourceUrl(pipeline.source.config),
        '--source',
        targets,
      ),
      target: await databaseOf(request.target, sink.name, sinkUrl(sink.info.config), '--target', targets),
      tables: pipeline.tables.map(({ topic, from, to, ignore, rename }) => ({
        source: from,
        target: to,
        known: { ignore, rename },
        fence:
          kafka === undefined
            ? undefined
            : connectorFence(
                { connect: client, kafka, source: pipeline.source.name, sink: sink.name, topics: [topic], timeout },
                ports,
              ),
      })),
      close: async () => kafka?.close(),
    };
  } catch (error) {
    await kafka?.close();
    throw error;
  }
}

async function databaseOf(
  given: string | undefined,
  connector: string,
  url: string | undefined,
  flag: string,
  targets: Targets,
): Promise<Database> {
  if (given !== undefined) return targets.database(given);
  if (url !== undefined) return { name: connector, url };
  throw new SluiceError('USAGE', `the configuration of ${connector} does not tell how to reach its database`, {
    hint: `Its password may be masked or a reference of the worker's. Give ${flag} DB.`,
  });
}

interface ScriptSink {
  write(line: string): void;
  close(): void;
  /** What was written, where it went to no file. */
  lines?: string[];
}

function repairOptions(request: ReconcileRequest, script: ScriptSink): RepairOptions | undefined {
  const allowDelete = request['allow-delete'];
  if (request.repair === 'sql') return { mode: 'sql', allowDelete, write: script.write };
  if (request.repair !== 'apply') return undefined;
  return {
    mode: 'apply',
    allowDelete,
    confirm: ({ rows, deletes, tables }) =>
      request.confirm(
        `Write ${rows} ${rows === 1 ? 'row' : 'rows'} of ${tables.join(', ')} in ${request.target ?? request.connector}${deletes > 0 ? `, ${deletes} of them deleted` : ''}?`,
      ),
  };
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
  try {
    const handle = openSync(file, 'w');
    return { write: (line) => void writeSync(handle, `${line}\n`), close: () => closeSync(handle) };
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `cannot write ${file}: ${(error as Error).message}`, {
      hint: 'Check the path given to --repair-file.',
      cause: error,
    });
  }
}

function names(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function renames(text: string | undefined): Record<string, string> | undefined {
  const pairs = names(text)?.map((pair) => pair.split('='));
  if (pairs?.some((pair) => pair.length !== 2 || pair.includes(''))) {
    throw new SluiceError('USAGE', `"${text}" is no list of SOURCE=TARGET names`, {
      hint: 'Such as --rename-columns note=remark,qty=quantity',
    });
  }
  return pairs && Object.fromEntries(pairs);
}
