export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work that is under way. */
export interface Span {
  /** Names by OpenTelemetry's semantic conventions where there is one, else `sluice.…`; never a secret or a value of a row. */
  set(attributes: SpanAttributes): void;
  /** It did not do what it should, though it returns. @param type a code, never a message */
  fail(type: string): void;
}

/** Where use cases say what they do, and how long it takes; the adapter is traces/otlp.ts. */
export interface Tracer {
  /** Runs work as a part of the span around it. A rejection marks the span as failed, and is passed on. */
  span<T>(name: string, attributes: SpanAttributes, work: (span: Span) => Promise<T>): Promise<T>;
  /** The same, for a call to another system. */
  call<T>(name: string, attributes: SpanAttributes, work: (span: Span) => Promise<T>): Promise<T>;
}

const silentSpan: Span = { set: () => {}, fail: () => {} };

export const silentTracer: Tracer = {
  span: (_name, _attributes, work) => work(silentSpan),
  call: (_name, _attributes, work) => work(silentSpan),
};
