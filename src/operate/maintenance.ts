import type { ConnectClient } from '../connect/client.ts';
import { SluiceError, toSluiceError } from '../errors/error.ts';
import type { ExitCode } from '../errors/registry.ts';
import type {
  FormerState,
  KeptConnector,
  KeptWindow,
  MaintenanceAction,
  MaintenanceWindows,
} from '../store/maintenance.ts';
import { whoRuns } from '../store/who.ts';
import { firstNames } from '../text/lists.ts';
import type { Integer } from '../text/numbers.ts';
import { redactText, secretValues } from '../text/redact.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { actionFor, fingerprint, formerState, RESTORED, restoration } from './restoration.ts';
import { changeState, countTasks, failures, failureText } from './state.ts';
import { eachTarget, type OperateOptions, resultsExit, type TargetResult } from './targets.ts';

/** Result for one connector. */
export interface MaintenanceResult extends TargetResult {
  /** Number of its window; null if it is in none. */
  window: Integer | null;
  /** State before the window; null if it is not known. */
  before: FormerState | null;
}

export interface MaintenanceReport {
  verb: 'start' | 'end';
  context: string;
  results: MaintenanceResult[];
  /** Numbers of the windows, among those concerned, that are open now. */
  open: Integer[];
  exitCode: ExitCode;
}

export type MaintenanceClient = Pick<
  ConnectClient,
  'find' | 'get' | 'status' | 'pause' | 'resume' | 'stop' | 'server' | 'require'
>;

/** Where windows are: a cluster, and what this machine knows of it. */
export interface MaintenancePorts {
  context: { name: string; urls: readonly string[] };
  client: MaintenanceClient;
  windows: MaintenanceWindows;
}

export interface StartRequest {
  names: readonly string[];
  action: MaintenanceAction;
  /** ms */
  forMs: number;
  reason: string;
}

const DONE = { pause: 'paused', stop: 'stopped' } as const;

/**
 * Keeps the states of connectors, and only then pauses or stops them: however it ends, `endMaintenance` knows them.
 * @throws MAINTENANCE_OVERLAP if a connector is in an open window already; nothing is done then
 */
export async function startMaintenance(
  request: StartRequest,
  ports: MaintenancePorts,
  options: OperateOptions,
): Promise<MaintenanceReport> {
  const { context, client, windows } = ports;
  const { action } = request;
  if (action === 'stop') await client.require('stopping connectors');
  const { kafka_cluster_id: kafkaClusterId = '' } = await client.server();
  const kept: KeptConnector[] = [];
  const { results, exitCode } = await eachTarget<MaintenanceResult>(
    request.names,
    async (name) => {
      const live = await client.get(name);
      const former = formerState(live);
      const own = actionFor(former.before, action);
      const digest = fingerprint(live.info.config);
      kept.push({ name, ...former, action: own, fingerprint: digest, sent: false, outcome: null });
      const tasks = live.status && countTasks(live.status);
      return { name, window: null, before: former.before, outcome: planned(former.before, action), tasks, error: null };
    },
    (name, error) => ({ name, window: null, before: null, outcome: null, tasks: null, error }),
    options,
  );
  const report: MaintenanceReport = { verb: 'start', context: context.name, results, open: [], exitCode };
  if (kept.length === 0 || options.dryRun) return report;
  const id = open(kept, kafkaClusterId, request, ports, options);
  const acting = kept.flatMap((one) => (one.action === null ? [] : one.name));
  try {
    const acted = action === null || acting.length === 0 ? [] : await act(action, acting, id, ports, options);
    windows.complete(id);
    return withActs(report, acted, id);
  } catch (error) {
    throw withWayBack(error, id);
  }
}

function planned(before: FormerState, action: MaintenanceAction): string {
  if (action === null) return 'watched';
  if (actionFor(before, action) !== null) return `would be ${DONE[action]}`;
  return before === 'PAUSED' || action === 'stop' ? `was ${before.toLowerCase()} already` : 'is stopped, and stays so';
}

function open(
  connectors: KeptConnector[],
  kafkaClusterId: string,
  { action, forMs, reason }: StartRequest,
  { context, windows }: MaintenancePorts,
  { clock }: OperateOptions,
): number {
  const since = clock.now();
  const window = {
    context: context.name,
    urls: [...context.urls],
    kafkaClusterId,
    who: whoRuns(),
    reason: redactText(reason),
    since: since.toISOString(),
    until: new Date(since.getTime() + forMs).toISOString(),
    action,
    connectors,
  };
  const begun = keep(() => windows.begin(window));
  if (typeof begun === 'number') return begun;
  const taken = [...begun].map(([id, names]) => `${firstNames(names, 5)} in window ${id}`).join(', ');
  const [first = 0] = begun.keys();
  throw new SluiceError('MAINTENANCE_OVERLAP', `already in maintenance: ${taken}; nothing was done`, {
    hint: `End that window first: ${command(`maintenance end ${first}`)}; or leave these connectors out.`,
    details: { windows: [...begun.keys()] },
  });
}

/** @throws FILE_UNWRITABLE: without the former states, nothing may be changed. */
function keep<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new SluiceError(
      'FILE_UNWRITABLE',
      `the former states cannot be kept, so nothing was done: ${(error as Error).message}`,
      { cause: error, hint: 'Check the disk and the permissions of the history; SLUICE_STATE_DIR moves it.' },
    );
  }
}

async function act(
  action: 'pause' | 'stop',
  names: readonly string[],
  id: number,
  { context, client, windows }: MaintenancePorts,
  options: OperateOptions,
): Promise<TargetResult[]> {
  const send = async (name: string) => {
    if (!windows.sending(id, name))
      throw new SluiceError('CONNECTOR_CHANGED', `window ${id} was ended for "${name}" while it started; not sent`, {
        retryable: false,
      });
    await client[action](name);
  };
  const noted = {
    get: client.get.bind(client),
    status: client.status.bind(client),
    resume: client.resume.bind(client),
    pause: send,
    stop: send,
  };
  return (await changeState(action, names, context.name, noted, { ...options, undecided: [] })).results;
}

function withActs(report: MaintenanceReport, acted: readonly TargetResult[], id: number): MaintenanceReport {
  const byName = new Map(acted.map((one) => [one.name, one]));
  const results = report.results.map((one) =>
    one.error === null ? { ...one, ...byName.get(one.name), window: id } : one,
  );
  return { ...report, results, open: [id], exitCode: resultsExit(results) };
}

/** However a start ended, this undoes it. */
function withWayBack(error: unknown, id: number): SluiceError {
  const { code, message, details, cause } = toSluiceError(error);
  return new SluiceError(code, `${message}; window ${id} is open`, {
    hint: `To bring the former states back: ${command(`maintenance end ${id}`)}`,
    details: { ...details, window: id },
    cause: cause ?? error,
  });
}

/** A connector of an open window. */
export interface InWindow {
  window: KeptWindow;
  connector: KeptConnector;
}

/**
 * Brings back the state that each connector had before its window. What someone else has deleted or changed since is
 * reported, and left untouched; the window is over for it. It stays open for what could not be reached.
 */
export async function endMaintenance(
  targets: readonly InWindow[],
  ports: MaintenancePorts,
  options: OperateOptions,
): Promise<MaintenanceReport> {
  const { context, client, windows } = ports;
  const { kafka_cluster_id: cluster = '' } = await client.server();
  // In one cluster, a connector is in one open window only; an older one may be of another cluster at the same URL.
  const byName = new Map(targets.map((one) => [one.connector.name, one]));
  const base = (name: string) => {
    const one = byName.get(name);
    return { name, window: one?.window.id ?? null, before: one?.connector.before ?? null };
  };
  const { results, exitCode } = await eachTarget<MaintenanceResult>(
    [...byName.keys()],
    async (name) => {
      const one = byName.get(name) as InWindow;
      const restored = await restore(one, cluster, ports, options);
      if (!options.dryRun) windows.settle(one.window.id, name, restored.outcome ?? '');
      return { ...base(name), ...restored };
    },
    (name, error) => ({ ...base(name), outcome: null, tasks: null, error }),
    options,
  );
  const concerned = new Set(targets.map(({ window }) => window.id));
  const stillOpen = windows.open(context.urls).flatMap(({ id }) => (concerned.has(id) ? [id] : []));
  return { verb: 'end', context: context.name, results, open: stillOpen, exitCode };
}

async function restore(
  { window, connector }: InWindow,
  cluster: string,
  { context, client, windows }: MaintenancePorts,
  options: OperateOptions,
): Promise<TargetResult> {
  const { name } = connector;
  const over = (what: string, hint: string) => {
    if (!options.dryRun) windows.settle(window.id, name, what);
    return new SluiceError('CONNECTOR_CHANGED', `"${name}" ${what}`, { hint, details: { name }, retryable: false });
  };
  const see = command('history', { connector: shellWord(name) });
  if (window.kafkaClusterId !== cluster)
    throw over('was in another cluster: this URL now leads to a different Kafka cluster', `See: ${see}`);
  const live = await client.find(name);
  const state = live?.status?.connector.state;
  if (live !== undefined && state === undefined) formerState(live);
  const step = restoration(connector, state);
  if (live === undefined || step.kind === 'gone')
    throw over('was deleted during the window, and is not created again', `Deleted from here? See: ${see}`);
  if (step.kind === 'changed') {
    const { verb } = RESTORED[connector.before === 'FAILED' ? 'RUNNING' : connector.before];
    throw over(
      `is ${step.is} now, not as the window left it, and was ${step.was} before; left untouched`,
      `If it should be ${step.was}: ${command(`${verb} ${shellWord(name)}`)}`,
    );
  }
  const { verb } = RESTORED[step.to];
  // The request of a start that was killed may still take effect: this one comes after it.
  if (step.sends && !window.complete && !options.dryRun) await client[verb](name);
  const { results } = await changeState(verb, [name], context.name, client, { ...options, undecided: [] });
  const [result] = results as [TargetResult];
  const note = live.info.config && fingerprint(live.info.config) !== connector.fingerprint ? CONFIG_CHANGED : '';
  if (result.error === null) return { ...result, outcome: `${result.outcome}${recovered(connector, result)}${note}` };
  const known = result.error.code === 'CONNECTOR_FAILED' ? await failedAsBefore(connector, client) : undefined;
  if (known !== undefined) return { ...result, ...known, outcome: `${known.outcome}${note}`, error: null };
  // The state is back; that tasks fail is another matter, which no second attempt would change.
  if (result.error.code === 'CONNECTOR_FAILED' && !options.dryRun)
    windows.settle(window.id, name, 'resumed, and failed');
  const { code, message, hint, details } = result.error;
  throw new SluiceError(code, message, { ...(hint && { hint }), ...(details && { details }) });
}

const CONFIG_CHANGED = '; its configuration has changed since the window began';

/** A restart of tasks may have fixed what had failed. */
function recovered({ before, failedTasks }: KeptConnector, { outcome }: TargetResult): string {
  if (outcome !== 'running' || (before !== 'FAILED' && failedTasks.length === 0)) return '';
  return before === 'FAILED' ? '; it had FAILED before' : `; ${tasksText(failedTasks)} had FAILED before`;
}

/** Undefined if something has failed that had not before. */
async function failedAsBefore(
  { name, before, failedTasks }: KeptConnector,
  client: Pick<ConnectClient, 'get'>,
): Promise<Pick<TargetResult, 'outcome' | 'tasks'> | undefined> {
  const { status, info } = await client.get(name);
  if (status === null || failures(status).length === 0) return undefined;
  const wasSo = before === 'FAILED' || status.connector.state !== 'FAILED';
  const isNew = status.tasks.some(({ id, state }) => state === 'FAILED' && !failedTasks.includes(id));
  if (!wasSo || (isNew && before !== 'FAILED')) return undefined;
  const cause = failureText(status, secretValues(info.config));
  return { outcome: `resumed, and has FAILED as before the window: ${cause}`, tasks: countTasks(status) };
}

function tasksText(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'task' : 'tasks'} ${ids.join(', ')}`;
}
