import { connect, createServer } from 'node:net';
import { SANDBOX_PORTS, type SandboxPort } from '../config/sandbox-record.ts';
import { SluiceError } from '../errors/error.ts';
import { command } from '../text/settings.ts';

export const LOOPBACK = '127.0.0.1';

/**
 * Start of the search for a free port. Not the usual ports: a client configured for a real broker or database on this
 * machine must not reach the sandbox. Below the ephemeral range (32768), which outgoing connections use.
 */
export const FIRST_PORTS: Record<SandboxPort, number> = {
  broker: 19092,
  controller: 19192,
  worker: 18083,
  metrics: 18778,
  source: 15432,
  target: 15532,
  mariadb: 13306,
};
const SEARCH = 100;

export type Ports = Record<SandboxPort, number>;

/**
 * A free port for each name: the one of the last start if it is free, else the next free one.
 * @param taken ports that others have reserved but may not listen on yet
 */
export async function choosePorts(
  previous: Partial<Ports>,
  keep: ReadonlySet<SandboxPort>,
  taken: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean> = portIsFree,
): Promise<Ports> {
  const chosen = { ...previous } as Partial<Ports>;
  const used = new Set(taken);
  for (const name of keep) used.add(previous[name] as number);
  for (const name of SANDBOX_PORTS) {
    if (keep.has(name)) continue;
    const first = FIRST_PORTS[name];
    const candidates = [previous[name] ?? first, ...Array.from({ length: SEARCH }, (_, offset) => first + offset)];
    chosen[name] = await firstFree(name, candidates, used, isFree);
    used.add(chosen[name]);
  }
  return chosen as Ports;
}

async function firstFree(
  name: SandboxPort,
  candidates: readonly number[],
  used: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean>,
): Promise<number> {
  for (const port of candidates) {
    if (!used.has(port) && (await isFree(port))) return port;
  }
  const first = FIRST_PORTS[name];
  throw new SluiceError('SANDBOX_START', `no port from ${first} to ${first + SEARCH - 1} is free for the ${name}`, {
    hint: `Find out what listens there (ss -ltnp), or stop unused sandboxes: ${command('sandbox down', { name: 'NAME' })}`,
  });
}

/** Nothing answers on the port and it can be bound; on macOS, binding succeeds even next to a wildcard listener. */
export async function portIsFree(port: number): Promise<boolean> {
  return (await canBind(port)) && !(await answers(port));
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** True if something accepts connections on the loopback port. */
export function answers(port: number, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK, timeout: timeoutMs });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
