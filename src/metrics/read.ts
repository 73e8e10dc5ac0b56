import type { MetricsAddress } from '../config/targets.ts';
import { NoResponse, type Response, Transport, type TransportOptions } from '../connect/transport.ts';
import { SluiceError } from '../errors/error.ts';
import { isTooDeep } from '../text/json-depth.ts';
import { redactText } from '../text/redact.ts';
import type { Bean } from './beans.ts';
import { exporterBeans } from './exporter.ts';
import { JOLOKIA_REQUEST, jolokiaBeans } from './jolokia.ts';
import { type JvmMetrics, jvmMetrics } from './model.ts';

export interface WorkerReading {
  /** The URL asked, without credentials. */
  url: string;
  /** Or why there are none. */
  metrics: JvmMetrics | SluiceError;
}

/** What is read beside the worker's state must not hold it up. */
const TIMEOUT_MS = 5_000;

/**
 * Asks every worker for its metrics, all at the same time. One that does not answer is a reading too.
 * @throws the signal's reason
 */
export class MetricsReader {
  readonly #kind: MetricsAddress['kind'];
  readonly #workers: readonly { url: string; http: Pick<Transport, 'send'> }[];

  constructor({ kind, workers }: MetricsAddress, options: TransportOptions) {
    this.#kind = kind;
    this.#workers = workers.urls.map((url) => ({ url, http: new Transport([url], workers.settings, options) }));
  }

  read(): Promise<WorkerReading[]> {
    return Promise.all(
      this.#workers.map(async ({ url, http }) => ({ url: redactText(url), metrics: await this.#of(http) })),
    );
  }

  async #of(http: Pick<Transport, 'send'>): Promise<JvmMetrics | SluiceError> {
    try {
      const response = await http.send(
        this.#kind === 'jolokia'
          ? // Without the slash, its agent answers 404.
            { method: 'POST', path: '/', body: JOLOKIA_REQUEST, timeoutMs: TIMEOUT_MS }
          : { method: 'GET', path: '', timeoutMs: TIMEOUT_MS },
      );
      const beans = response.status === 200 ? this.#beans(response.text) : undefined;
      return beans === undefined ? notMetrics(this.#kind, response) : jvmMetrics(beans);
    } catch (error) {
      if (error instanceof NoResponse) return away(error);
      throw error;
    }
  }

  #beans(text: string): Bean[] | undefined {
    if (this.#kind === 'exporter') {
      const beans = exporterBeans(text);
      return beans.length === 0 && !/^# (?:TYPE|HELP) /m.test(text) ? undefined : beans;
    }
    try {
      return isTooDeep(text) ? undefined : jolokiaBeans(JSON.parse(text));
    } catch {
      return undefined;
    }
  }
}

function away({ base, reason }: NoResponse): SluiceError {
  return new SluiceError('METRICS_UNREADABLE', `no metrics from ${redactText(base)} (${reason})`, {
    hint: 'Check the URL under metrics of the context in sluice.yaml, and that the agent of the worker runs.',
  });
}

function notMetrics(kind: MetricsAddress['kind'], { base, status }: Response): SluiceError {
  const where = redactText(base);
  if (status === 401 || status === 403)
    return new SluiceError('METRICS_UNREADABLE', `${where} does not accept the credentials for metrics (${status})`, {
      hint: 'Check username, password or token under metrics of the context in sluice.yaml.',
    });
  const what = kind === 'jolokia' ? 'Jolokia' : 'a JMX exporter';
  return new SluiceError('METRICS_UNREADABLE', `${where} answered ${status}, and not as ${what} does`, {
    hint:
      kind === 'jolokia'
        ? 'The URL ends with the context of the agent, such as http://worker:8778/jolokia, and its policy must allow read.'
        : 'The URL ends with the path of the exporter, such as http://worker:9404/metrics.',
  });
}
