import { rootCause } from '../monitor/trace.ts';
import type { RecordHeader } from '../ports/records.ts';
import type { Count, Integer } from '../text/numbers.ts';
import { redactText } from '../text/redact.ts';

/**
 * What Connect wrote about a failure: `errors.deadletterqueue.context.headers.enable`, which is off by default.
 * @see org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter
 */
export interface ErrorContext {
  /** The topic from which the sink read the record. */
  topic: string | null;
  partition: Count | null;
  offset: Count | null;
  connector: string | null;
  task: Integer | null;
  /** Where it failed: `VALUE_CONVERTER`, `TRANSFORMATION`, `TASK_PUT`, … */
  stage: string | null;
  /** The stage in words. */
  stageMeaning: string | null;
  /** The class that failed. */
  class: string | null;
  /** The innermost cause of the exception; credentials are masked. */
  cause: string | null;
}

const PREFIX = '__connect.errors.';
const PREFIX_BYTES = Buffer.from(PREFIX);

/** Whether Connect wrote it about a failure. */
export function isErrorHeader([name]: RecordHeader): boolean {
  return begins(name, PREFIX_BYTES);
}

/** Names are short: faster than Node's own comparison, and than making texts of them. */
function begins(bytes: Buffer, start: Buffer): boolean {
  for (let index = 0; index < start.length; index += 1) if (bytes[index] !== start[index]) return false;
  return true;
}

/** The record that the sink could not handle, according to the headers. */
export type Origin = Pick<ErrorContext, 'topic' | 'partition' | 'offset'>;

/** By the lengths of their names, as most headers are others. */
const OF_ORIGIN: { part: keyof Origin; name: Buffer }[] = [];
for (const part of ['topic', 'partition', 'offset'] as const)
  OF_ORIGIN[PREFIX.length + part.length] = { part, name: Buffer.from(PREFIX + part) };

/** Like `errorContext`, which takes much longer for the cause. */
export function originOf(headers: readonly RecordHeader[]): Origin {
  const origin: Origin = { topic: null, partition: null, offset: null };
  for (const [name, value] of headers) {
    const known = OF_ORIGIN[name.length];
    if (known === undefined || value === null || !begins(name, known.name)) continue;
    if (known.part === 'topic') origin.topic = value.toString();
    else origin[known.part] = whole(value.toString());
  }
  return origin;
}

const STAGES: Readonly<Record<string, string>> = {
  KEY_CONVERTER: 'the key could not be read with key.converter',
  VALUE_CONVERTER: 'the value could not be read with value.converter',
  HEADER_CONVERTER: 'a header could not be read with header.converter',
  TRANSFORMATION: 'a transform of the sink failed',
  TASK_PUT: 'the sink itself reported the record: the target refused it',
  KAFKA_CONSUME: 'the record could not be read from Kafka',
};

/** The last of each name counts: Connect adds its headers, also to a record that has such headers from before. */
export function errorContext(headers: readonly RecordHeader[]): ErrorContext {
  const texts = new Map<string, string>();
  for (const header of headers) {
    if (isErrorHeader(header) && header[1] !== null)
      texts.set(header[0].toString('latin1', PREFIX.length), header[1].toString());
  }
  const text = (name: string) => texts.get(name) ?? null;
  const stage = text('stage');
  return {
    topic: text('topic'),
    partition: whole(text('partition')),
    offset: whole(text('offset')),
    connector: text('connector.name'),
    task: whole(text('task.id')),
    stage,
    stageMeaning: stage === null ? null : (STAGES[stage] ?? null),
    class: text('class.name'),
    cause: causeOf(text('exception.class.name'), text('exception.message'), text('exception.stacktrace')),
  };
}

/** The trace tells the innermost cause; the message is that of the outermost exception, which often says nothing. */
function causeOf(name: string | null, message: string | null, trace: string | null): string | null {
  if (trace !== null && trace.trim() !== '') return rootCause(trace);
  if (name === null && message === null) return null;
  return redactText([name?.slice(name.lastIndexOf('.') + 1), message].filter((part) => part != null).join(': '));
}

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** What Connect would say of a record that a sink could not handle. */
export interface Failure {
  topic: string;
  partition: number;
  offset: number;
  connector: string;
  task: number;
  /** Of the failed task, as the worker reports it. */
  trace: string;
}

/** What the worker puts around the exception of the sink. */
const WRAPPER = /^[\w.$]+: Exiting WorkerSinkTask due to unrecoverable exception\.[\s\S]*?^Caused by: /m;
const THROWN = /^([\w.$]+)(?:: ([\s\S]*?))?(?=\n[ \t]*(?:at |\.\.\. )|\nCaused by: |\s*$)/;

/** The headers that Connect writes about a record that the sink itself reported, in their order. */
export function failureHeaders({ topic, partition, offset, connector, task, trace }: Failure): RecordHeader[] {
  const own = trace.replace(WRAPPER, '');
  const [, exception = null, message = null] = THROWN.exec(own) ?? [];
  const texts: [string, string | null][] = [
    ['topic', topic],
    ['partition', String(partition)],
    ['offset', String(offset)],
    ['connector.name', connector],
    ['task.id', String(task)],
    ['stage', 'TASK_PUT'],
    ['class.name', 'org.apache.kafka.connect.sink.SinkTask'],
    ['exception.class.name', exception],
    ['exception.message', message],
    ['exception.stacktrace', own],
  ];
  return texts.map(([name, text]) => [Buffer.from(PREFIX + name), text === null ? null : Buffer.from(text)]);
}
