import type { ComponentRecord, SandboxComponent, SandboxRecord } from '../config/sandbox-record.ts';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import { setting } from '../text/settings.ts';
import { probeOf, TITLES } from './components/all.ts';
import { diskFull, isDiskFull } from './disk.ts';
import { tail } from './logfile.ts';
import { answers } from './ports.ts';
import { isSameProcess } from './process-identity.ts';

export interface WaitOptions {
  record: SandboxRecord;
  /** Milliseconds since the epoch. */
  deadline: number;
  clock: Clock;
  signal: AbortSignal;
}

const POLL_MS = 100;
/** Messages of Kafka, Jetty, PostgreSQL and MariaDB, which exit then. */
const PORT_TAKEN = /address (?:is )?already in use|BindException|Failed to bind|could not bind|Bind on TCP/i;
/** The worker keeps running without its metrics agent. */
const AGENT_PORT_TAKEN = /^Could not start Jolokia agent: java\.net\.BindException/m;

/**
 * Waits until a started component answers as it should.
 * @returns its description of itself; undefined if another program has its port
 * @throws SANDBOX_START with the end of its log if it exits; SANDBOX_DISK_FULL; TIMED_OUT; the signal's reason.
 */
export async function waitHealthy(component: SandboxComponent, options: WaitOptions): Promise<string | undefined> {
  const { record, clock, signal } = options;
  const running = record.parts[component] as ComponentRecord;
  const probe = probeOf(component, record);
  const port = portOf(running.address);
  let reason = 'it does not listen';
  for (let listening = false; ; ) {
    signal.throwIfAborted();
    const alive = isSameProcess(running.pid, running.identity);
    listening ||= alive && (await answers(port));
    if (listening && alive) {
      try {
        return await probe(signal);
      } catch (error) {
        reason = explain(error);
      }
    }
    if (portTaken(running.log, alive)) return undefined;
    if (!alive) throw startFailure(component, 'ended while it was starting', running.log);
    if (clock.now().getTime() >= options.deadline) {
      throw new SluiceError(
        'TIMED_OUT',
        `the ${TITLES[component]} did not become healthy in time: ${reason}\n${logEnd(running.log)}`,
        {
          hint: `Allow more time (${setting('timeout', '5m')}), or read its log: ${running.log}`,
        },
      );
    }
    await clock.sleep(POLL_MS, signal);
  }
}

/** Why a component does not start, with the end of its log. */
export function startFailure(component: SandboxComponent, what: string, log: string): SluiceError {
  if (isDiskFull(tail(log, 60).join('\n'))) return diskFull(log);
  return new SluiceError('SANDBOX_START', `the ${TITLES[component]} ${what}\n${logEnd(log)}`, {
    hint: `Full log: ${log}`,
  });
}

export function indent(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join('\n');
}

/** The innermost reason: `fetch failed` and the Kafka client's aggregate errors have it in their cause. */
export function explain(error: unknown): string {
  const { cause, errors, message } = error as Error & { errors?: unknown[] };
  if (errors?.[0] !== undefined) return explain(errors[0]);
  return cause instanceof Error ? explain(cause) : message || String(error);
}

/** While a component runs, its connectors may log the same words; then they mean nothing. */
function portTaken(log: string, alive: boolean): boolean {
  const lines = tail(log, alive ? 5000 : 200).join('\n');
  return AGENT_PORT_TAKEN.test(lines) || (!alive && PORT_TAKEN.test(lines));
}

function logEnd(log: string): string {
  return indent(tail(log, 12));
}

/** The port of `host:port` and of a URL. */
export function portOf(address: string): number {
  return Number(/:(?<port>\d+)(?:\/\w*)?$/.exec(address)?.groups?.port);
}
