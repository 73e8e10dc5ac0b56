import path from 'node:path';
import type { Targets } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import { openPrivateFile } from '../files/private-file.ts';
import { limitSemiSpaceGrowth } from '../ports/memory.ts';
import { defined } from '../text/own.ts';
import { setting } from '../text/settings.ts';
import type { NamedTables } from './by-connector.ts';
import { timeFence } from './live/fence.ts';
import type { ReconcilePorts, RepairOptions, RepairPlan } from './options.ts';
import { listedTables, withOwnSettings, withPair } from './pairs.ts';
import { reconcile } from './reconcile.ts';
import { maskValues, type ReconcileReport, type RepairReport } from './report.ts';
import {
  DEFAULTS,
  type FullRequest,
  type PairTables,
  type ReconcileAccess,
  type ReconcileDefaults,
  type ReconcileRequest,
} from './request.ts';
import { parseTablePair } from './tables.ts';

/**
 * Compares the tables of a request: those it names, those of a sink connector, or those of a pair in sluice.yaml.
 * @param defaults for settings in neither the request nor its pair
 * @throws REQUEST_INVALID, DATABASE_UNKNOWN, FILE_UNWRITABLE and what `reconcile` throws
 */
export async function runReconcile(
  given: ReconcileRequest,
  targets: Targets,
  access: ReconcileAccess,
  ports: ReconcilePorts,
  defaults: Readonly<ReconcileDefaults> = DEFAULTS,
): Promise<ReconcileReport> {
  limitSemiSpaceGrowth();
  const { request, pair } = await completed(given, targets, defaults);
  refuseUnused(request, given);
  const named = await (request.connector === undefined
    ? namedTables(request, targets)
    : (await import('./by-connector.ts')).connectorTables(
        { ...request, connector: request.connector },
        pair?.context,
        { targets, connect: access.connect },
        ports,
      ));
  const { source, target } = named;
  const tables = withOwnSettings(named.tables, pair?.tableSettings ?? []);
  const script = request.repairFile === undefined ? keepScript() : openScript(request.repairFile);
  const { settle } = request;
  const { stateFolder } = access;
  try {
    const report = await reconcile(
      {
        source,
        target,
        tables,
        listed: listedTables(pair?.tableSettings ?? []),
        key: request.key,
        columns: request.columns,
        ignore: request.ignoreColumns,
        rename: request.renameColumns,
        mode: request.mode,
        where: request.where,
        commonRules: pair?.rules,
        floatTolerance: request.floatTolerance,
        fence: settle > 0 ? timeFence(settle, ports) : undefined,
        hash: request.strong ? 'md5-128' : undefined,
        limit: request.limit,
        parallel: request.parallel,
        partRows: request.partRows,
        maxLoad: request.maxLoad,
        resume: request.resume,
        stateFolder: stateFolder === undefined ? undefined : path.join(stateFolder, 'reconcile'),
        shard: request.shard,
        statementTimeout: request.statementTimeout,
        connectTimeout: request.connectTimeout,
        maskErrors: request.maskValues,
        repair: repairOptions(request, script, named, access.confirm),
        // A source that its connector's own configuration names is the one that the pipeline reads.
        fromReplica: request.fromReplica ?? (request.connector !== undefined && request.source === undefined),
      },
      ports,
    );
    // An incomplete script is not a script.
    const { repair } = report;
    const full =
      repair?.mode === 'sql' && repair.error === undefined
        ? { ...report, repair: { ...repair, ...writtenScript(script, request.repairFile) } }
        : report;
    const skipped = [...(full.skipped ?? []), ...(named.skipped ?? [])];
    const complete = {
      ...full,
      ...(skipped.length === 0 ? {} : { skipped }),
      ...(request.pair === undefined ? {} : { pair: request.pair }),
    };
    return request.maskValues ? maskValues(complete) : complete;
  } finally {
    await named.close();
    script.close();
  }
}

/** The request overrides its pair, and that overrides the defaults. */
async function completed(
  given: ReconcileRequest,
  targets: Targets,
  defaults: Readonly<ReconcileDefaults>,
): Promise<{ request: FullRequest; pair: PairTables | undefined }> {
  const own = { ...given, tables: given.tables ?? [] };
  if (given.pair === undefined) return { request: { ...defaults, ...defined(own) } as FullRequest, pair: undefined };
  const { settings, pair } = await withPair(own, given.pair, targets);
  return { request: { ...defaults, ...settings }, pair };
}

/**
 * Refuses settings that would have no effect, since the user expects one. A pair in sluice.yaml may have settings for
 * other runs.
 * @throws REQUEST_INVALID
 */
function refuseUnused(request: FullRequest, given: ReconcileRequest): void {
  const { repair, connector, mode } = request;
  const refuse = (name: string, use: string, hint: string, value?: string) =>
    new SluiceError('REQUEST_INVALID', `${setting(name, value)} needs ${use}`, {
      hint: `${hint}, or remove ${setting(name)}.`,
    });
  if (repair !== 'sql' && request.repairFile !== undefined)
    throw refuse('repairFile', setting('repair', 'sql'), `Add ${setting('repair', 'sql')}`);
  if (repair !== undefined && mode !== 'rows') {
    throw new SluiceError('REQUEST_INVALID', `${setting('mode', mode)} finds no rows to repair`, {
      hint: `Remove ${setting('mode')}.`,
    });
  }
  if (connector === undefined && (request.marker || request.markerTable !== undefined))
    throw refuse(request.marker ? 'marker' : 'markerTable', 'a connector', `Add ${setting('connector', 'SINK')}`);
  for (const name of ['allowDelete', 'fromReplica'] as const) {
    if (repair === undefined && request[name]) throw refuse(name, 'a repair', `Add ${setting('repair', 'apply')}`);
  }
  if (connector === undefined && given.fenceTimeout !== undefined)
    throw refuse('fenceTimeout', 'a connector', `Add ${setting('connector', 'SINK')}`);
}

async function namedTables(request: FullRequest, targets: Targets): Promise<NamedTables> {
  const { source, target } = request;
  if (source === undefined || target === undefined || request.tables.length === 0) {
    const lacking = [
      ...(request.tables.length === 0 ? ['no table is named'] : []),
      ...(source === undefined ? [`${setting('source')} is missing`] : []),
      ...(target === undefined ? [`${setting('target')} is missing`] : []),
    ];
    throw new SluiceError('REQUEST_INVALID', `nothing to compare: ${lacking.join(', ')}`, {
      hint:
        `Name tables with ${setting('source', 'DB')} and ${setting('target', 'DB')}` +
        `, or use ${setting('connector', 'SINK')} or ${setting('pair', 'NAME')}.`,
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
  /** The lines written, unless to a file. */
  lines?: string[];
}

function repairOptions(
  request: FullRequest,
  script: ScriptSink,
  { signals: channel, target }: Pick<NamedTables, 'signals' | 'target'>,
  ask: (question: string) => Promise<void>,
): RepairOptions | undefined {
  const { allowDelete, repair } = request;
  if (repair === 'sql') return { mode: 'sql', allowDelete, write: script.write };
  if (repair === undefined) return undefined;
  const confirm = ({ rows, deletes, tables }: RepairPlan) => {
    const what = `${rows} ${rows === 1 ? 'row' : 'rows'} of ${tables.join(', ')}`;
    const deleted = deletes > 0 ? `, deleting ${deletes} of them` : '';
    return ask(
      repair === 'signal'
        ? `Resend ${what} through ${request.connector}${deleted}?`
        : `Write ${what} in ${target.name}${deleted}?`,
    );
  };
  if (repair === 'apply') return { mode: 'apply', allowDelete, confirm };
  if (channel === undefined) {
    throw new SluiceError('REQUEST_INVALID', `${setting('repair', 'signal')} needs a connector`, {
      hint: `Add ${setting('connector', 'SINK')}, or use ${setting('repair', 'apply')}.`,
    });
  }
  return { mode: 'signal', allowDelete, confirm, channel, timeout: request.fenceTimeout };
}

const MAX_LINES = 10_000;

function keepScript(): ScriptSink {
  const lines: string[] = [];
  return {
    lines,
    close: () => {},
    write(line) {
      if (lines.length === MAX_LINES) {
        throw new SluiceError('REQUEST_INVALID', `the repair has more than ${MAX_LINES} statements`, {
          hint: `Write it to a file: ${setting('repairFile', 'repair.sql')}`,
        });
      }
      lines.push(line);
    },
  };
}

function writtenScript({ lines }: ScriptSink, file: string | undefined): Pick<RepairReport, 'script' | 'file'> {
  if (lines !== undefined) return { script: lines };
  return file === undefined ? {} : { file };
}

function openScript(file: string): ScriptSink {
  const script = openPrivateFile(file, `Check the path given to ${setting('repairFile')}.`);
  return { write: (line) => script.write(`${line}\n`), close: () => script.close() };
}
