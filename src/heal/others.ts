import { createHmac, randomBytes } from 'node:crypto';
import type { ConnectClient } from '../connect/client.ts';
import type { ConnectorConfig, ListedConnector } from '../connect/types.ts';
import { SluiceError } from '../errors/error.ts';
import type { ConnectorReport } from '../monitor/health.ts';
import { clusterOf, type Journal } from '../operate/journal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Change, ChangeHistory } from '../store/changes.ts';
import type { KeptWindow } from '../store/maintenance.ts';
import type { ChangeVerb } from '../store/verbs.ts';
import { isHealer } from '../store/who.ts';
import { isoSeconds } from '../text/iso-seconds.ts';
import { command } from '../text/settings.ts';

/** What somebody else does with a connector, in a clause, and what ends it if it does not end by itself. */
export interface OtherAct {
  what: string;
  hint: string | null;
}

/** What others do with the connectors of a cluster, at one moment. */
export interface OtherActs {
  /** Of one connector now; undefined if nobody is known to do anything. */
  now(connector: string): OtherAct | undefined;
  /** What was done since a time (ms since 1970): of one connector since then or later. */
  since(from: number): (connector: string, at: number) => OtherAct | undefined;
}

export interface OtherPorts {
  changes(): Pick<ChangeHistory, 'unfinished' | 'list'>;
  journal: Pick<Journal, 'assertNone'>;
  /** Open maintenance windows of the cluster. */
  windows(): readonly KeptWindow[];
  client: Pick<ConnectClient, 'server' | 'urls'>;
  clock: Clock;
}

/** A change that has not ended after this time was killed (ms). */
const LONGEST_MS = 3_600_000;
/** Changes since a restart that are looked through. */
const LATEST = 1_000;

/** Verbs that leave a connector and its tasks alone. */
const ELSEWHERE: ReadonlySet<ChangeVerb> = new Set([
  ...(['loggers', 'repair', 'replay', 'purge', 'schema-change'] as const),
  ...(['alerts-mute', 'alerts-unmute', 'alerts-test'] as const),
]);

/**
 * What else is done from this machine: by the marks that other commands leave before they begin. What others do from elsewhere
 * only shows in the connector itself, see `changedSince`.
 */
export class Others {
  readonly #ports: OtherPorts;
  #cluster: string | undefined;
  #asking = false;

  constructor(ports: OtherPorts) {
    this.#ports = ports;
  }

  /** Undefined until it is known which cluster it is, which is asked meanwhile. @throws if the store cannot be read */
  read(): OtherActs | undefined {
    const cluster = this.#cluster;
    if (cluster === undefined) {
      this.#ask();
      return undefined;
    }
    const { changes, journal, windows, clock } = this.#ports;
    const begun = changes()
      .unfinished(clock.now().getTime() - LONGEST_MS)
      .filter(isElses);
    const open = windows();
    return {
      now: (name) =>
        ofWindows(open, name) ??
        ofJournal(journal, cluster, name) ??
        of(
          begun.find((one) => concerns(one, name)),
          ({ who, verb, at }) => `${who} has been running "${verb}" since ${isoSeconds(at)}`,
        ),
      since(from) {
        const done = changes().list({ from, limit: LATEST }).filter(isElses);
        return (name, at) =>
          of(
            done.find((one) => Date.parse(one.at) >= at && concerns(one, name)),
            ({ who, verb, at }) => `${who} ran "${verb}" at ${isoSeconds(at)}`,
          );
      },
    };
  }

  #ask(): void {
    if (this.#asking) return;
    this.#asking = true;
    clusterOf(this.#ports.client)
      .then((cluster) => {
        this.#cluster = cluster;
      })
      // Asked again in the next round; that the worker does not answer is reported elsewhere.
      .catch(() => {})
      .finally(() => {
        this.#asking = false;
      });
  }
}

/** In whichever context: two may name the same cluster, and a round later is soon enough if they do not. */
function isElses({ verb, who }: Change): boolean {
  return !ELSEWHERE.has(verb) && !(verb === 'restart' && isHealer(who));
}

function concerns({ connectors }: Change, name: string): boolean {
  return connectors.some((one) => one.name === name);
}

function of(change: Change | undefined, say: (change: Change) => string): OtherAct | undefined {
  return change === undefined ? undefined : { what: say(change), hint: null };
}

function ofWindows(windows: readonly KeptWindow[], name: string): OtherAct | undefined {
  const window = windows.find(({ connectors }) => connectors.some((one) => one.name === name && one.outcome === null));
  if (window === undefined) return undefined;
  const hint = `End it: ${command(`maintenance end ${window.id}`)}`;
  return { what: `it is in maintenance window ${window.id} (${window.reason})`, hint };
}

function ofJournal(journal: OtherPorts['journal'], cluster: string, name: string): OtherAct | undefined {
  try {
    journal.assertNone(cluster, name);
    return undefined;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { what: error.message, hint: error.hint ?? null };
  }
}

const KEY = randomBytes(32);

/**
 * Tells in this process whether a configuration has changed, secrets too. The key is of this process alone, so the mark does
 * not help to guess them.
 */
export function configMark(config: ConnectorConfig): string {
  const entries = Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', KEY).update(JSON.stringify(entries)).digest('base64url');
}

/** Why what was decided by a report does not hold any more for the connector as it is now, in a clause; undefined if it does. */
export function changedSince(
  { state, configMark: mark }: Pick<ConnectorReport, 'state'> & { configMark: string | null },
  { info, status }: Pick<ListedConnector, 'info' | 'status'>,
): string | undefined {
  if (mark !== null && configMark(info.config) !== mark) return 'its configuration has just been changed';
  const now = status?.connector.state ?? null;
  if (now !== state) return now === null ? 'it has no status at this moment' : `it is ${now} at this moment`;
  if (status?.tasks.some((task) => task.state === 'RESTARTING')) return 'its tasks are being restarted at this moment';
  return undefined;
}
