import path from 'node:path';
import { NoResponse, Transport } from '../../connect/transport.ts';
import { writeDurableFile } from '../../files/durable-file.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Environment } from '../../secrets/environment.ts';
import { runMetricsText, type Sample } from './families.ts';
import type { MetricsTarget } from './target.ts';

interface SendPorts {
  logger: Logger;
  environment: Environment;
}

/** A gateway that does not answer must not hold up the end of a run. */
const TIMEOUT_MS = 5_000;

/**
 * Writes or pushes the metrics of a run. They replace those of the run before.
 * @param identity what tells runs of this kind from others: the command, the context
 * @returns why that was not possible
 */
export async function sendRunMetrics(
  target: MetricsTarget,
  identity: Readonly<Record<string, string>>,
  samples: readonly Sample[],
  { logger, environment }: SendPorts,
): Promise<string | undefined> {
  // Two files with the same series would be an error to the collector.
  const own: Record<string, string> = target.kind === 'textfile' ? { run: path.basename(target.file, '.prom') } : {};
  const { text, bounded } = await runMetricsText(
    samples.map((sample) => ({ ...sample, labels: { ...own, ...identity, ...sample.labels } })),
  );
  for (const name of bounded) logger.warn(`${name} has too many series: only the first ones were written`);
  if (target.kind === 'pushgateway')
    return push(target, target.group ?? groupOf(identity), text, { logger, environment });
  try {
    // Under another name first: the collector never reads half a file.
    writeDurableFile(target.file, text, { shared: true });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function push(
  { address: { url, ...credentials } }: Extract<MetricsTarget, { kind: 'pushgateway' }>,
  group: string,
  body: string,
  { logger, environment }: SendPorts,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const http = new Transport([url], credentials, { signal, logger, proxyEnvironment: environment });
  try {
    const { status } = await http.send({
      ...{ method: 'PUT', path: group, timeoutMs: TIMEOUT_MS },
      text: { type: 'text/plain; version=0.0.4; charset=utf-8', body },
    });
    return status >= 200 && status < 300 ? undefined : `${url} answered ${status}`;
  } catch (error) {
    return `${url} did not answer (${error instanceof NoResponse ? error.reason : (error as Error).message})`;
  }
}

/** Each command and context has a group of its own: a push replaces no other. */
function groupOf(identity: Readonly<Record<string, string>>): string {
  return `/metrics/job/sluice${Object.entries(identity).map(groupLabel).join('')}`;
}

/** A context may be called anything. */
function groupLabel([name, value]: [string, string]): string {
  if (/^[\w-][\w.-]*$/.test(value)) return `/${name}/${value}`;
  return `/${name}@base64/${Buffer.from(value).toString('base64url') || '='}`;
}
