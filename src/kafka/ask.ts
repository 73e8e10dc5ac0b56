import { subscribe } from 'node:diagnostics_channel';
import { SluiceError } from '../errors/error.ts';
import { isTlsReason, tlsHint } from '../http/tls.ts';
import { redactText } from '../text/redact.ts';
import { type Asked, missingAccess } from './access.ts';

/** The library retries each of several steps, so a silent broker would take minutes. */
const MAX_MS = 30_000;

export interface AskOptions extends Omit<Asked, 'servers'> {
  maxMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * One call of the library, limited in time.
 * @param options.signal for a call that only reads; a write is not aborted
 * @param options.access what the call needs, for the error if it is missing
 * @throws KAFKA_UNREACHABLE, KAFKA_UNAUTHORIZED, KAFKA_REJECTED, the signal's reason
 */
export async function askKafka<T>(
  call: () => Promise<T>,
  servers: readonly string[],
  { maxMs = MAX_MS, signal, ...asked }: AskOptions = {},
): Promise<T> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let abort = () => {};
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(silent(servers, maxMs)), maxMs);
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([call(), late]);
  } catch (error) {
    throw error instanceof SluiceError ? error : translateKafka(error, { servers, ...asked });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function silent(servers: readonly string[], maxMs: number): SluiceError {
  return new SluiceError(
    'KAFKA_UNREACHABLE',
    `Kafka at ${servers.join(', ')} did not answer within ${maxMs / 1000} s`,
    {
      hint: 'Check kafka.bootstrapServers of the context: something other than a broker may listen there, or kafka.tls may be missing.',
    },
  );
}

/** Closes a client. If it never connected there is nothing to close; that must not hide the cause, nor take long. */
export async function closeKafka(client: { close(): Promise<unknown> }): Promise<void> {
  await askKafka(() => client.close(), [], { maxMs: 5_000 }).catch(() => {});
}

let guarded = false;

/**
 * A connection of the library that fails twice emits a second error without a listener, which would crash the process and
 * print everything in the error. The call itself fails with the first one.
 */
export function guardConnections(): void {
  if (guarded) return;
  guarded = true;
  subscribe('plt:kafka:instances', (message) => {
    const { type, instance } = message as { type: string; instance: NodeJS.EventEmitter };
    if (type === 'connection') instance.on('error', () => {});
  });
}

/** How a listener ends a connection that is not of its kind. */
const LISTENER_HINTS: readonly [RegExp, string][] = [
  [/requires TLS/i, 'Set kafka.tls of the context: true, or the files of its certificates.'],
  [/before secure TLS connection/i, 'The port may not speak TLS: should kafka.tls be left out?'],
  [
    /^Connection closed/i,
    'The listener may want credentials, TLS or a certificate: check kafka.sasl and kafka.tls of the context (cert and key, or pfx).',
  ],
];

/** @param error what @platformatic/kafka threw: often several failures of several attempts, one inside the other */
function translateKafka(error: unknown, asked: Asked): SluiceError {
  const { servers } = asked;
  const errors = flatten(error);
  const ours = errors.find((one) => one instanceof SluiceError);
  // Of what the library asked for, such as a token.
  if (ours !== undefined) return ours;
  const where = servers.join(', ');
  const codes = new Set(errors.map((one) => (one as { code?: string }).code));
  const apiId = (wanted: string) => errors.some((one) => (one as { apiId?: string }).apiId === wanted);
  const message = redactText(errors.at(-1)?.message ?? String(error));
  if (codes.has('PLT_KFK_AUTHENTICATION') || apiId('SASL_AUTHENTICATION_FAILED')) {
    return new SluiceError('KAFKA_UNREACHABLE', `Kafka at ${where} does not accept the credentials: ${message}`, {
      hint: 'Check kafka.sasl of the context.',
      cause: error,
      retryable: false,
    });
  }
  const tls = [...codes].find((code) => code !== undefined && isTlsReason(code));
  if (tls !== undefined) {
    return new SluiceError('KAFKA_UNREACHABLE', `no trusted TLS connection to Kafka at ${where} (${tls})`, {
      hint: tlsHint(tls, 'kafka.tls', 'should kafka.tls be left out?'),
      cause: error,
      retryable: false,
    });
  }
  const listener = LISTENER_HINTS.find(([pattern]) => errors.some((one) => pattern.test(one.message)))?.[1];
  if (codes.has('PLT_KFK_NETWORK') || codes.has('PLT_KFK_TIMEOUT') || listener !== undefined) {
    return new SluiceError('KAFKA_UNREACHABLE', `Kafka at ${where} is not reachable: ${message}`, {
      hint:
        listener ??
        'Check kafka.bootstrapServers of the context, and that its advertised listeners are reachable from here.',
      cause: error,
    });
  }
  const denied = missingAccess(
    errors.map((one) => String((one as { apiId?: string }).apiId)),
    asked,
    error,
  );
  if (denied !== undefined) return denied;
  const words = brokersWords(errors).map(redactText);
  return new SluiceError(
    'KAFKA_REJECTED',
    `Kafka at ${where} refused: ${words.length > 0 ? words.join('; ') : message}`,
    { cause: error },
  );
}

/** The broker's own messages per topic or resource; the library hides them in the response behind its own. */
function brokersWords(errors: readonly Error[]): string[] {
  const words = errors.flatMap((error) => {
    const { response } = error as { response?: Record<string, unknown> };
    return [response?.['topics'], response?.['responses'], response?.['results']]
      .flatMap((list) => (Array.isArray(list) ? (list as { errorMessage?: string | null }[]) : []))
      .flatMap(({ errorMessage }) => (errorMessage ? [errorMessage] : []));
  });
  return [...new Set(words)];
}

/** An error of the library with everything that is inside it. */
export function flatten(error: unknown): Error[] {
  if (error instanceof AggregateError) return [error, ...error.errors.flatMap(flatten)];
  if (!(error instanceof Error)) return [];
  return error.cause === undefined ? [error] : [error, ...flatten(error.cause)];
}
