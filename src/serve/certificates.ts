import type { ReceiverAddress } from '../alerts/open-receiver.ts';
import { parameterOf, parseDatabaseUrl } from '../config/database-url.ts';
import { certificateEnd, type TlsServer } from '../connect/certificate.ts';
import { mapBounded } from '../connect/concurrency.ts';
import { ENGINES } from '../databases/engines.ts';
import type { Endpoint } from '../topology/model.ts';

/** The certificate of a server. */
export interface CertificateReading {
  /** host:port */
  address: string;
  /** When it ends (ms since 1970); null if it could not be read. */
  endsAt: number | null;
}

const HOUR_MS = 3_600_000;
/** One that could not be read is tried again after this time. */
const AGAIN_MS = 10 * 60_000;
const TIMEOUT_MS = 10_000;
const AT_ONCE = 4;

interface Known extends CertificateReading {
  nextAt: number;
}

/** Reads the certificates of servers, each at most once an hour, beside the polls. */
export class CertificateWatch {
  readonly #known = new Map<string, Known>();
  readonly #now: () => number;
  readonly #signal: AbortSignal;
  readonly #read: (server: TlsServer, signal: AbortSignal) => Promise<number>;
  #running: Promise<void> | undefined;

  constructor(now: () => number, signal: AbortSignal, read = certificateEnd) {
    this.#now = now;
    this.#signal = signal;
    this.#read = read;
  }

  /** What was read last of these servers; begins to read those whose time has come, and does not wait for it. */
  latest(servers: readonly TlsServer[]): CertificateReading[] {
    const byAddress = new Map(servers.map((server) => [addressOf(server), server]));
    for (const address of this.#known.keys()) if (!byAddress.has(address)) this.#known.delete(address);
    const due = [...byAddress].filter(([address]) => (this.#known.get(address)?.nextAt ?? 0) <= this.#now());
    if (due.length > 0 && this.#running === undefined)
      this.#running = this.#readAll(due).finally(() => {
        this.#running = undefined;
      });
    return [...byAddress.keys()]
      .sort()
      .map((address) => ({ address, endsAt: this.#known.get(address)?.endsAt ?? null }));
  }

  /** Until what is being read has been read. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #readAll(due: readonly (readonly [address: string, server: TlsServer])[]): Promise<void> {
    await mapBounded(due, AT_ONCE, async ([address, server]) => {
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]);
      // Behind a proxy, or away: what uses it says so; its certificate is not known then.
      const endsAt = await this.#read(server, signal).catch(() => null);
      const nextAt = this.#now() + (endsAt === null ? AGAIN_MS : HOUR_MS);
      this.#known.set(address, { address, endsAt: endsAt ?? this.#known.get(address)?.endsAt ?? null, nextAt });
    });
  }
}

function addressOf({ host, port }: TlsServer): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const HTTPS_PORT = 443;
const SMTPS_PORT = 465;

/** Those of URLs that begin with TLS. */
export function tlsServersOf(urls: readonly string[]): TlsServer[] {
  return urls.flatMap((one) => {
    const url = new URL(one);
    const port = { 'https:': HTTPS_PORT, 'smtps:': SMTPS_PORT }[url.protocol];
    if (port === undefined) return [];
    return [{ host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: url.port === '' ? port : Number(url.port) }];
  });
}

export function receiverUrls(receivers: Iterable<ReceiverAddress>): string[] {
  return [...receivers].flatMap((one) => (one.kind === 'email' ? [one.settings.server] : one.address.urls));
}

/** Those of databases whose URL asks for TLS, by protocols that are known. */
export function tlsDatabases(endpoints: readonly Pick<Endpoint, 'engine' | 'url'>[]): TlsServer[] {
  return endpoints.flatMap(({ engine, url }) => {
    const { beginTls: begin, tls, port } = ENGINES[engine];
    const address = parseDatabaseUrl(url);
    const asked = 'parameter' in tls ? parameterOf(address, tls.parameter, 'ssl', 'sslmode', 'usessl') : undefined;
    if (begin === undefined || !/^(?:require|verify|true$)/i.test(asked ?? '')) return [];
    return [{ host: address.host, port: address.port ?? port, begin }];
  });
}
