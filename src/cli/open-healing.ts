import { randomUUID } from 'node:crypto';
import type { Targets } from '../config/targets.ts';
import { type HealEvent, Healer } from '../heal/heal.ts';
import { Others } from '../heal/others.ts';
import { healPlan } from '../heal/settings.ts';
import { Journal } from '../operate/journal.ts';
import type { Clock } from '../ports/clock.ts';
import { HealingPoller } from '../serve/healing.ts';
import type { Poller } from '../serve/poll.ts';
import type { KeptWindow } from '../store/maintenance.ts';
import type { Store } from '../store/store.ts';
import { whoMonitors, whoRuns } from '../store/who.ts';
import { durationText } from '../text/duration.ts';
import type { OpenContext } from './context.ts';
import type { Terminal } from './terminal.ts';

/** Where lines about healing go: to stderr, until a view takes them. */
export interface News {
  tell(line: string, isGood: boolean): void;
}

/** In a protected context a change needs its name. @throws CONTEXT_PROTECTED */
export async function approveHealing(
  { context }: OpenContext,
  confirmed: string | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { guardContext } = await import('./guard.ts');
  await guardContext(context, confirmed, terminal, signal, 'restart what fails, again and again');
}

/** Heals what a poller sees, by `serve.heal` of sluice.yaml, or its defaults. */
export async function openHealing(
  { context, client }: OpenContext,
  {
    poller,
    targets,
    store,
    clock,
    signal,
    news,
  }: {
    poller: Poller;
    targets: Targets;
    store: Store;
    clock: Clock;
    signal: AbortSignal;
    news: News;
  },
): Promise<HealingPoller> {
  const say = (line: string, isGood: boolean) => news.tell(line, isGood);
  const settings = (await targets.project())?.document.serve?.heal;
  const plan = healPlan(typeof settings === 'object' ? settings : true);
  if (plan === undefined) throw new Error('healing has no settings');
  const failed = ({ message }: { message: string }) => say(`not healed: ${message}`, false);
  const windows = () => store.maintenance.open(context.urls);
  const healer = new Healer({
    ...{ context: context.name, urls: context.urls, client, store, settings: plan, clock, signal, failed },
    others: othersOf(client, { store, windows, clock }),
    who: whoMonitors(),
    random: Math.random,
    emit: (event) => say(healText(event), event.change === 'restarted' || event.change === 'runs again'),
  });
  return new HealingPoller({
    ...{ context: context.name, poller, healer, leases: store.leases, clock, failed },
    windows,
    holder: `${whoRuns()} ${process.pid} ${randomUUID()}`,
    standsBy: (holder) => say(`a daemon heals, so this does not: ${holder ?? 'its name is not known'}`, false),
  });
}

/** What else is done to the connectors of a cluster. */
export function othersOf(
  client: OpenContext['client'],
  { store, windows, clock }: { store: Store; windows(): readonly KeptWindow[]; clock: Clock },
): Others {
  const journal = new Journal(store.folder, clock);
  return new Others({ client, windows, clock, journal, changes: () => store.changes });
}

function healText({ connector, change, attempt, cause, afterMs, reason, hint }: HealEvent): string {
  const after = afterMs === null ? '' : ` ${durationText(Math.round(afterMs / 1000) * 1000)} after its restart`;
  switch (change) {
    case 'restarted':
      return `${connector}: restarted (${attempt})${cause === null ? '' : `: ${cause}`}`;
    case 'runs again':
      return `${connector}: runs again,${after}`;
    case 'failed again':
      return `${connector}: failed again,${after}${cause === null ? '' : `: ${cause}`}`;
    case 'not restarted':
      return `${connector}: not restarted: ${reason}`;
    case 'skipped':
      return [`${connector}: skipped: ${reason}`, hint].filter((part) => part !== null).join('. ');
    case 'given up':
      return [`${connector}: ${reason}`, cause, hint].filter((part) => part !== null).join(' ');
  }
}
