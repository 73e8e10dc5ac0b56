import type { ConnectorOffset } from '../connect/types.ts';
import { dropsKey } from '../connectors/sources/json.ts';
import { SluiceError } from '../errors/error.ts';
import type { SinkRequest, Where } from '../operate/offsets/model.ts';
import { parseExact, plainNumber } from '../text/exact-json.ts';
import { jsonErrorMessage } from '../text/json-error.ts';
import { parseMoment } from '../text/moment.ts';

/** Kafka's largest offset. */
const MOST = 2n ** 63n - 1n;

const refuse = (flag: string, why: string, hint: string) => new SluiceError('USAGE', `${flag}: ${why}`, { hint });

/** A place in a partition, as typed after `--partition TOPIC:N=`. @param now ms since 1970 @throws USAGE */
function parseWhere(text: string, flag: string, now: number): Where {
  if (text === 'earliest' || text === 'latest') return { kind: text };
  if (/^\d+$/.test(text)) return { kind: 'offset', offset: parseOffset(text, flag) };
  if (/^[-+]\d+$/.test(text)) return { kind: 'shift', by: parseShift(text, flag) };
  if (/^\d{4}-|^[\d.]+[a-z]+$/.test(text)) return { kind: 'time', at: parseTime(text, flag, now) };
  throw refuse(
    flag,
    `"${text}" is not a place in a topic`,
    'Write earliest, latest, an offset, +N or -N, a time such as 2026-11-30T08:00:00Z, or how long ago, such as 2h or 7d.',
  );
}

function parseOffset(text: string, flag: string): bigint {
  if (!/^\d+$/.test(text)) throw refuse(flag, `"${text}" is not an offset`, 'Write a whole number from 0.');
  return limited(text, flag);
}

function parseShift(text: string, flag: string): bigint {
  if (!/^[-+]?\d+$/.test(text))
    throw refuse(flag, `"${text}" is not a number of records`, 'Write +N or -N, the latter as --shift-by=-N.');
  return limited(text, flag);
}

function limited(text: string, flag: string): bigint {
  const digits = text.replace(/^\+/, '');
  const number = digits.length > 30 ? MOST + 1n : BigInt(digits);
  if (number > MOST || number < -MOST)
    throw refuse(flag, `${text.slice(0, 30)} is larger than any offset`, 'Check the number.');
  return number;
}

/** @returns ms since 1970 */
function parseTime(text: string, flag: string, now: number): number {
  const moment = parseMoment(text, now);
  if (!('at' in moment)) throw refuse(flag, moment.problem, moment.hint);
  if (moment.at > now) throw refuse(flag, `${text} is in the future`, 'For the end of the partition, write latest.');
  return moment.at;
}

interface SinkFlags {
  'to-earliest'?: boolean;
  'to-latest'?: boolean;
  'to-offset'?: string | undefined;
  'to-time'?: string | undefined;
  'shift-by'?: string | undefined;
  topic?: string[] | undefined;
  partition?: string[] | undefined;
}

/** The partitions of sinks that flags choose, and where to; undefined if there are no such flags. @throws USAGE */
export function sinkRequest(flags: SinkFlags, now: number): SinkRequest | undefined {
  const where = whereTo(flags, now);
  const { topic, partition } = flags;
  if (where === undefined && topic === undefined && partition === undefined) return undefined;
  const partitions = (partition ?? []).map((text) => {
    const [, name = '', number = '', place] = /^([\w.-]+):(\d{1,9})(?:=(.*))?$/.exec(text) ?? [];
    if (name === '')
      throw new SluiceError('USAGE', `"${text}" is not a valid --partition`, {
        hint: 'Write TOPIC:NUMBER, such as orders:0, or TOPIC:NUMBER=WHERE, such as orders:0=42.',
      });
    return {
      topic: name,
      partition: Number(number),
      ...(place === undefined ? {} : { where: parseWhere(place, `--partition ${name}:${number}`, now) }),
    };
  });
  for (const [at, one] of partitions.entries())
    if (partitions.slice(0, at).some((other) => other.topic === one.topic && other.partition === one.partition))
      throw new SluiceError('USAGE', `--partition names ${one.topic}:${one.partition} twice`, {
        hint: 'Give each partition once.',
      });
  return { where, topics: topic ?? [], partitions };
}

function whereTo(flags: SinkFlags, now: number): Where | undefined {
  const { 'to-offset': offset, 'to-time': time, 'shift-by': shift } = flags;
  if (flags['to-earliest']) return { kind: 'earliest' };
  if (flags['to-latest']) return { kind: 'latest' };
  if (offset !== undefined) return { kind: 'offset', offset: parseOffset(offset, '--to-offset') };
  if (time !== undefined) return { kind: 'time', at: parseTime(time, '--to-time', now) };
  return shift === undefined ? undefined : { kind: 'shift', by: parseShift(shift, '--shift-by') };
}

/** The same without places to go, for a reset. @throws USAGE */
export function sinkSelection(flags: Pick<SinkFlags, 'topic' | 'partition'>): SinkRequest | undefined {
  const request = sinkRequest({ topic: flags.topic, partition: flags.partition }, 0);
  const placed = request?.partitions.find(({ where }) => where !== undefined);
  if (placed === undefined) return request;
  const { topic, partition } = placed;
  throw new SluiceError('USAGE', `a reset removes the offset of ${topic}:${partition}, and sets none`, {
    hint: 'To set one: sluice offsets set',
  });
}

interface SourceFlags {
  'source-partition'?: string[] | undefined;
  'source-offset'?: string[] | undefined;
}

/** Partitions of sources, each with its offset; undefined if there are none. @throws USAGE */
export function sourceOffsets(flags: SourceFlags): ConnectorOffset[] | undefined {
  const { 'source-partition': partitions, 'source-offset': offsets } = flags;
  if (partitions === undefined && offsets === undefined) return undefined;
  if (partitions?.length !== offsets?.length)
    throw new SluiceError('USAGE', 'each --source-partition needs one --source-offset', {
      hint: `Copy them from sluice offsets get: --source-partition '{"file":"a"}' --source-offset '{"position":1}'`,
    });
  return (partitions ?? []).map((text, at) => {
    const offset = offsets?.[at] ?? '';
    return {
      partition: parseObject(text, '--source-partition'),
      offset: offset === 'null' ? null : parseObject(offset, '--source-offset'),
    };
  });
}

/** The same for a reset. @throws USAGE */
export function sourcePartitions(partitions: string[] | undefined): ConnectorOffset[] | undefined {
  return partitions?.map((text) => ({ partition: parseObject(text, '--source-partition'), offset: null }));
}

/**
 * Offsets from a file: a list of `{"partition", "offset"}`, or an object with such `offsets`, as the worker shows them.
 * @throws USAGE
 */
export function offsetsInFile(text: string, file: string): ConnectorOffset[] {
  const value = parsed(text, file);
  const list = isObject(value) ? value['offsets'] : value;
  const isOffset = (one: unknown) =>
    isObject(one) && isObject(one['partition']) && (one['offset'] === null || isObject(one['offset']));
  if (Array.isArray(list) && list.every(isOffset)) return list as ConnectorOffset[];
  throw new SluiceError('USAGE', `${file} is not a list of offsets`, {
    hint: 'Write [{"partition": {…}, "offset": {…}}, …], the list under "offsets" of sluice offsets get NAME --json; null resets a partition.',
  });
}

function parseObject(text: string, what: string): Record<string, unknown> {
  const value = parsed(text, what);
  if (isObject(value)) return value;
  throw new SluiceError('USAGE', `${what} is not an object`, {
    hint: 'Write it as JSON, in quotes: \'{"position": 42}\'',
  });
}

function parsed(text: string, what: string): unknown {
  let isTwice: boolean;
  let value: unknown;
  try {
    value = parseExact(text);
    isTwice = dropsKey(text);
  } catch (error) {
    throw new SluiceError('USAGE', `${what} is not JSON: ${jsonErrorMessage(error)}`, { cause: error });
  }
  if (isTwice) throw new SluiceError('USAGE', `${what} has a key twice`, { hint: 'Keep one of the two.' });
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && plainNumber(value) === value;
}
