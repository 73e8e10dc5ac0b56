import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  InMemorySpanExporter,
  ParentBasedSampler,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { SluiceError } from '../errors/error.ts';
import type { Span, SpanAttributes, Tracer } from '../ports/tracer.ts';
import type { Environment } from '../secrets/environment.ts';
import { redactText } from '../text/redact.ts';
import { visible } from '../text/visible.ts';

/** An endpoint that does not answer holds up the end of a run for this long at most. */
const FLUSH_MS = 3_000;

export interface Traces {
  tracer: Tracer;
  /** Sends what was not sent yet. @returns why that was not possible */
  end(): Promise<string | undefined>;
}

/** Spans over OTLP, to where OpenTelemetry's own variables say. */
export function openTraces(environment: Environment, version: string): Traces {
  let failure = wrongEndpoint(environment);
  // With an address that it cannot read, the exporter would send to its default one.
  const exporter: SpanExporter =
    failure === undefined ? new OTLPTraceExporter({ timeoutMillis: FLUSH_MS }) : new InMemorySpanExporter();
  const noting: SpanExporter = {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) failure = result.error.message;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'sluice', 'service.version': version }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [new BatchSpanProcessor({ exporter: noting })],
  });
  const tracer = tracerOf(provider.getTracer('sluice', version), callerOf(environment));
  return {
    tracer,
    async end() {
      const late = new Promise<'late'>((resolve) => {
        setTimeout(resolve, FLUSH_MS, 'late' as const).unref();
      });
      const ended = await Promise.race([provider.shutdown().catch((error: Error) => error), late]);
      if (ended === 'late') return 'the endpoint did not answer in time';
      return failure ?? (ended instanceof Error ? ended.message : undefined);
    },
  };
}

/** The address is not quoted: it may hold a password. */
function wrongEndpoint({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT }: Environment) {
  const [name, url] = OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
    ? ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT]
    : ['OTEL_EXPORTER_OTLP_ENDPOINT', OTEL_EXPORTER_OTLP_ENDPOINT ?? ''];
  return url === '' || /^https?:$/.test(URL.parse(url)?.protocol ?? '')
    ? undefined
    : `${name} is not the URL of an HTTP endpoint`;
}

function tracerOf(spans: ReturnType<TracerProvider['getTracer']>, caller: Context): Tracer {
  const current = new AsyncLocalStorage<Context>();
  const run = async <T>(
    kind: SpanKind,
    [name, attributes, work]: readonly [string, SpanAttributes, (span: Span) => Promise<T>],
  ): Promise<T> => {
    const around = current.getStore() ?? caller;
    const span = spans.startSpan(shown(name), { kind, attributes: masked(attributes) }, around);
    const fail = (type: string) => {
      span.setAttribute('error.type', type);
      span.setStatus({ code: SpanStatusCode.ERROR });
    };
    try {
      return await current.run(trace.setSpan(around, span), () =>
        work({ set: (more) => void span.setAttributes(masked(more)), fail }),
      );
    } catch (error) {
      // Its message may quote more than a trace should keep.
      fail(error instanceof SluiceError ? error.code : 'INTERNAL');
      throw error;
    } finally {
      span.end();
    }
  };
  return {
    span: (...given) => run(SpanKind.INTERNAL, given),
    call: (...given) => run(SpanKind.CLIENT, given),
  };
}

const shown = (text: string) => redactText(visible(text));

function masked(attributes: SpanAttributes): SpanAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === 'string' ? shown(value) : value]),
  );
}

/**
 * The span of the pipeline or the script that started this run, if it says so.
 * @see https://opentelemetry.io/docs/specs/otel/context/env-carriers/
 */
function callerOf({ TRACEPARENT = '', TRACESTATE }: Environment): Context {
  const [, version, traceId = '', spanId = '', flags = ''] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/.exec(TRACEPARENT.trim().toLowerCase()) ?? [];
  if (version === undefined || version === 'ff' || /^0*$/.test(traceId) || /^0*$/.test(spanId)) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...{ traceId, spanId, isRemote: true },
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    ...(TRACESTATE === undefined ? {} : { traceState: createTraceState(TRACESTATE) }),
  });
}
