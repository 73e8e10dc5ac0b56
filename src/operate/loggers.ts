import type { ConnectClient } from '../connect/client.ts';
import { pollUntil } from '../connect/poll.ts';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { FormerLevels, RaisedLogger, RaisedLoggers } from '../store/raised-loggers.ts';
import { mayRun, whoRuns } from '../store/who.ts';
import { globExpression, isGlob } from '../text/glob.ts';
import { nearest } from '../text/nearest.ts';
import type { Count } from '../text/numbers.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { decisive, formerLevels, isRelated, type Level, levelOf } from './log-levels.ts';

export interface LoggerLevel {
  name: string;
  level: string;
  /** The logger that it has its level from, if the worker does not list it itself. */
  inheritedFrom: string | null;
  /** ISO 8601, UTC: when it was set over REST; null if it was not. */
  lastModified: string | null;
}

export interface LoggersReport {
  context: string;
  /** URL of the worker that answered. */
  worker: string;
  loggers: LoggerLevel[];
  /** Loggers that follow from the others, and are not listed. */
  hidden: Count;
}

export type LoggerClient = Pick<ConnectClient, 'urls' | 'loggers' | 'logger' | 'setLogger' | 'server' | 'require'>;

export interface LoggerSelection {
  /** Names and globs. */
  names: readonly string[];
  /** Only names that contain this. */
  search?: string | undefined;
  all: boolean;
}

/** Levels of the one worker. @throws CONNECT_UNSUPPORTED, LOGGER_NOT_FOUND if a glob or a search matches nothing */
export async function readLoggers(
  client: LoggerClient,
  { names, search, all }: LoggerSelection,
): Promise<Omit<LoggersReport, 'context'>> {
  await client.require('reading log levels');
  const loggers = await client.loggers();
  const toLevel = (name: string): LoggerLevel[] => {
    const found = levelOf(loggers, name);
    if (found === undefined) return [];
    const modified = Object.hasOwn(loggers, name) ? loggers[name]?.last_modified : undefined;
    const inheritedFrom = found.from === name ? null : found.from;
    return [{ name, level: found.level, inheritedFrom, lastModified: modified ? isoTime(modified) : null }];
  };
  const known = Object.keys(loggers).sort();
  const wanted = search?.toLowerCase();
  const narrowed = wanted === undefined ? known : known.filter((name) => name.toLowerCase().includes(wanted));
  const shown =
    names.length > 0
      ? names.flatMap((name) => (isGlob(name) ? matching(name, narrowed) : [name]))
      : all || wanted !== undefined
        ? narrowed
        : decisive(loggers).sort();
  if (shown.length === 0) throw noLogger(wanted ?? '', known);
  const hidden = names.length > 0 || wanted !== undefined ? 0 : known.length - shown.length;
  return { worker: client.urls.join(', '), loggers: [...new Set(shown)].flatMap(toLevel), hidden };
}

/** A worker's clock may be anything. */
function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function matching(glob: string, known: readonly string[]): string[] {
  const expression = globExpression(glob);
  const found = known.filter((name) => expression.test(name));
  if (found.length === 0) throw noLogger(glob, known);
  return found;
}

function noLogger(text: string, known: readonly string[]): SluiceError {
  const near = nearest(text.replaceAll(/[*?]/g, ''), known);
  return new SluiceError('LOGGER_NOT_FOUND', `the worker lists no logger that matches ${text}`, {
    hint: near === undefined ? `List them: ${command('loggers get', { all: true })}` : `Did you mean ${near}?`,
  });
}

export interface SetRequest {
  logger: string;
  level: Level;
  scope: 'worker' | 'cluster';
  /** ms; undefined if permanently. */
  forMs?: number | undefined;
}

export interface SetReport {
  context: string;
  scope: 'worker' | 'cluster';
  /** URL of the worker that was asked. */
  worker: string;
  logger: string;
  level: string;
  /** Its level before. */
  former: string;
  /** It had its level from a logger above it: REST cannot make it inherit again, but only set the same level. */
  inherited: boolean;
  /** ISO 8601, UTC; null if permanently. */
  until: string | null;
  /** Whether the former levels are back; null without an end. `changed`: someone else has set another level, which stays. */
  restored: 'yes' | 'changed' | null;
  /** Restores the former level; null if it is back. */
  undo: string | null;
}

export interface SetPorts {
  context: string;
  client: LoggerClient;
  /** For the way back, which an interruption must not abort. */
  restoring: () => Promise<LoggerClient>;
  raised: RaisedLoggers;
  clock: Clock;
  signal: AbortSignal;
  logger: Pick<Logger, 'warn'>;
  /** Told when the level is set, and until when. */
  onRaised: (until: string) => void;
}

const READ_BACK_MS = 15_000;

/**
 * Sets a level. With `forMs`, the former levels are kept before anything is sent, and restored at the end, or when the
 * signal aborts.
 * @throws CONNECT_UNSUPPORTED; REQUEST_INVALID for a glob; LOGGER_RAISED if another run sets it back soon; TIMED_OUT if the worker shows another level
 */
export async function setLevel(request: SetRequest, ports: SetPorts): Promise<SetReport> {
  const { logger, level, scope, forMs } = request;
  const { client, raised, clock, signal } = ports;
  if (isGlob(logger)) throw notOneLogger(logger, level);
  await client.require(scope === 'cluster' ? 'setting levels of the whole cluster' : 'reading log levels');
  const { kafka_cluster_id: kafkaClusterId = '' } = await client.server();
  const others = raised.list(client.urls).filter((one) => one.kafkaClusterId === kafkaClusterId);
  const busy = others.find((one) => isRelated(one.logger, logger) && isAlive(one, clock.now()));
  if (busy !== undefined) throw stillRaised(busy);
  const before = await client.loggers();
  const listed = await client.logger(logger);
  const own = listed?.level ?? levelOf(before, logger)?.level;
  if (own === undefined) throw noLogger(logger, Object.keys(before));
  const unused = unusedText(logger, Object.keys(before));
  if (unused !== undefined) ports.logger.warn(unused);
  const dead = others.filter((one) => one.logger === logger);
  const left = dead.filter((one) => one.level === own);
  // What a killed run has raised is not what it was before.
  const former = left[0]?.former ?? formerLevels(before, logger, own);
  const [, formerLevel] = former[0] ?? [logger, own];
  const back = { scope, logger, former };
  const isRestored = left.length > 0 && formerLevel === level && forMs === undefined;
  const base = { context: ports.context, scope, worker: client.urls.join(', '), logger, level };
  const report: SetReport = {
    ...{
      ...base,
      former: isRestored ? own : formerLevel,
      inherited: listed?.level === undefined,
      until: null,
      restored: null,
    },
    undo: formerLevel === level ? null : undoText(back),
  };
  if (forMs === undefined) {
    // The command that is printed for a killed run: what was below it comes back, too.
    if (isRestored) await setAll(client, back, { clock, signal });
    else await setAll(client, { scope, logger, former: [[logger, level]] }, { clock, signal });
    for (const { id } of dead) raised.remove(id);
    return report;
  }
  const since = clock.now();
  const until = new Date(since.getTime() + forMs).toISOString();
  const kept = { ...back, urls: [...client.urls], kafkaClusterId, level, who: whoRuns(), pid: process.pid, until };
  const id = raised.add({ ...kept, since: since.toISOString() });
  for (const one of dead) raised.remove(one.id);
  try {
    await setAll(client, { scope, logger, former: [[logger, level]] }, { clock, signal });
    ports.onRaised(until);
    await clock.sleep(forMs, signal);
  } catch (error) {
    if (!signal.aborted) {
      await wayBack(ports, back, level, id).catch(() => undefined);
      throw error;
    }
  }
  const restored = await wayBack(ports, back, level, id);
  return { ...report, until, restored, undo: restored === 'yes' ? null : report.undo };
}

/** A worker takes any name. It lists those that its code has used, which may be for the first time later. */
function unusedText(logger: string, known: readonly string[]): string | undefined {
  if (known.some((name) => name === logger || name.startsWith(`${logger}.`))) return undefined;
  const near = nearest(logger, known);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return `the worker has used neither a logger ${logger} nor one below it so far.${hint}`;
}

/** A worker would take it for the name of a logger, and nothing would change. */
function notOneLogger(glob: string, level: Level): SluiceError {
  const above = glob.replace(/[*?].*$/, '').replace(/\.[^.]*$/, '');
  return new SluiceError('REQUEST_INVALID', `a level is set for one logger, not for ${glob}`, {
    hint: `Those below a logger get its level, too: ${command(`loggers set ${shellWord(above || 'root')} ${level}`)}`,
  });
}

interface Back {
  scope: 'worker' | 'cluster';
  logger: string;
  former: FormerLevels;
}

/** @throws the client's errors, with the command that restores the level later */
async function wayBack(
  { restoring, raised, clock }: SetPorts,
  back: Back,
  level: string,
  id: number,
): Promise<'yes' | 'changed'> {
  const { signal } = new AbortController();
  try {
    const client = await restoring();
    const now = (await client.logger(back.logger))?.level;
    // As before, if the change never arrived.
    const isOurs = now === undefined || now === level || now === back.former[0]?.[1];
    if (isOurs) await setAll(client, back, { clock, signal });
    raised.remove(id);
    return isOurs ? 'yes' : 'changed';
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    throw new SluiceError(error.code, `${back.logger} may still be ${level}: ${error.message}`, {
      hint: `To restore it: ${undoText(back)}`,
      cause: error,
      details: { ...error.details, logger: back.logger },
    });
  }
}

/** Sets levels one after the other, and reads them back. */
async function setAll(
  client: LoggerClient,
  { scope, former }: Back,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  for (const [logger, level] of former) await client.setLogger(logger, level, { cluster: scope === 'cluster' });
  const wrong = async () => {
    const levels = await Promise.all(former.map(async ([logger]) => (await client.logger(logger))?.level));
    return former.flatMap(([logger, level], index) => (levels[index] === level ? [] : `${logger} ${levels[index]}`));
  };
  // With cluster scope, workers follow a moment later.
  const { seen, reached } = await pollUntil(wrong, (list) => list.length === 0, {
    ...{ clock, signal, timeoutMs: READ_BACK_MS },
  });
  if (reached) return;
  throw new SluiceError('TIMED_OUT', `the worker was asked for other levels than it has: ${seen.join(', ')}`, {
    hint: 'Behind one URL there may be several workers: name each in the context, or set the level on the whole cluster.',
  });
}

function undoText({ scope, logger, former }: Back): string {
  return command(`loggers set ${shellWord(logger)} ${former[0]?.[1]}`, scope === 'cluster' ? { scope } : {});
}

const GRACE_MS = 60_000;

/** Whether the process that raised it is there to restore it. */
function isAlive(raised: RaisedLogger, now: Date): boolean {
  return Date.parse(raised.until) + GRACE_MS >= now.getTime() && mayRun(raised);
}

function stillRaised({ logger, level, until, pid }: RaisedLogger): SluiceError {
  return new SluiceError('LOGGER_RAISED', `${logger} is ${level} until ${until}, and then restored by process ${pid}`, {
    hint: 'Wait, or end that run with Ctrl-C: it restores the former level at once.',
    details: { logger, until, pid },
  });
}

/** What a run that was killed has left raised, with the command that restores it. What is not raised any more is forgotten. */
export async function raisedTexts(
  raised: RaisedLoggers,
  urls: readonly string[],
  clientAt: (url: string) => Promise<LoggerClient>,
  now: Date,
): Promise<string[]> {
  const texts: string[] = [];
  for (const one of raised.list(urls)) {
    if (isAlive(one, now)) continue;
    const [url = ''] = one.urls;
    const wasSo = one.former.every(([, level]) => level === one.level);
    const is = wasSo ? 'another' : await levelAt(one, () => clientAt(url));
    if (is === 'another') raised.remove(one.id);
    else
      texts.push(
        `logger ${one.logger} ${is === 'unknown' ? 'may still be' : 'is still'} ${one.level} on ${one.scope === 'cluster' ? 'the cluster' : url}: a run that was to restore it has ended. To restore it: ${undoText(one)}`,
      );
  }
  return texts;
}

async function levelAt(
  one: RaisedLogger,
  open: () => Promise<LoggerClient>,
): Promise<'the same' | 'another' | 'unknown'> {
  try {
    const client = await open();
    const { kafka_cluster_id: cluster = '' } = await client.server();
    if (cluster !== one.kafkaClusterId) return 'another';
    return (await client.logger(one.logger))?.level === one.level ? 'the same' : 'another';
  } catch {
    return 'unknown';
  }
}
