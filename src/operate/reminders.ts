import type { ConnectClient } from '../connect/client.ts';
import type { Store } from '../store/store.ts';
import { firstNames } from '../text/lists.ts';
import { command } from '../text/settings.ts';
import { type LoggerClient, raisedTexts } from './loggers.ts';
import { isOverdue, roughly } from './windows.ts';

interface Where {
  urls: readonly string[];
  client: Pick<ConnectClient, 'server'>;
  clientAt: (url: string) => Promise<LoggerClient>;
}

/** What was begun from this machine for a while, and has not ended in time, each with the command that ends it. */
export async function reminders(
  { maintenance, raisedLoggers }: Pick<Store, 'maintenance' | 'raisedLoggers'>,
  { urls, client, clientAt }: Where,
  now: Date,
): Promise<string[]> {
  return [
    ...(await overdueTexts(maintenance, urls, client, now)),
    ...(await raisedTexts(raisedLoggers, urls, clientAt, now)),
  ];
}

async function overdueTexts(
  maintenance: Store['maintenance'],
  urls: readonly string[],
  client: Pick<ConnectClient, 'server'>,
  now: Date,
): Promise<string[]> {
  const overdue = maintenance.open(urls).filter((window) => isOverdue(window, now));
  if (overdue.length === 0) return [];
  const { kafka_cluster_id: cluster = '' } = await client.server();
  return overdue
    .filter(({ kafkaClusterId }) => kafkaClusterId === cluster)
    .map(({ id, until, reason, connectors }) => {
      const names = connectors.flatMap(({ name, outcome }) => (outcome === null ? [name] : []));
      const late = roughly(now.getTime() - Date.parse(until));
      return `maintenance window ${id} (${reason}) is overdue by ${late}: ${firstNames(names, 3)}. To bring the former states back: ${command(`maintenance end ${id}`)}`;
    });
}
