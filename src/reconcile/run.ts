import { closeSync, openSync, writeSync } from 'node:fs';
import { durationMs } from '../config/duration.ts';
import type { Targets } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import { timeFence } from './fence.ts';
import type { Mode, ReconcilePorts, RepairOptions } from './options.ts';
import { reconcile } from './reconcile.ts';
import type { ReconcileReport } from './report.ts';
import { parseTablePair } from './tables.ts';

/** The command's words, as they were typed. */
export interface ReconcileRequest {
  source: string;
  target: string;
  tables: readonly string[];
  key?: string | undefined;
  columns?: string | undefined;
  'ignore-columns'?: string | undefined;
  'rename-columns'?: string | undefined;
  where?: string | undefined;
  mode: Mode;
  strong: boolean;
  settle: string;
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
  const tables = request.tables.map(parseTablePair);
  const [source, target] = [await targets.database(request.source), await targets.database(request.target)];
  if (request.repair !== 'sql' && request['repair-file'] !== undefined) {
    throw new SluiceError('USAGE', '--repair-file is for --repair sql', { hint: 'Add --repair sql, or leave it out.' });
  }
  if (request.repair !== undefined && request.mode !== 'rows') {
    throw new SluiceError('USAGE', `--mode ${request.mode} finds no rows to repair`, { hint: 'Leave --mode out.' });
  }
  const settle = durationMs(request.settle) ?? 0;
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
    script.close();
  }
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
        `Write ${rows} ${rows === 1 ? 'row' : 'rows'} of ${tables.join(', ')} in ${request.target}${deletes > 0 ? `, ${deletes} of them deleted` : ''}?`,
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
