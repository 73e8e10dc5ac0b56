import { string as argument } from '@oclif/core/args';
import { custom, string } from '@oclif/core/flags';
import type { RecordFilter } from '../dlq/filter.ts';
import type { QueueName } from '../dlq/queues.ts';
import { SluiceError } from '../errors/error.ts';
import { parseMoment } from '../text/moment.ts';

/** A queue by its sink. */
export const sinkArg = {
  sink: argument({ description: 'Sink whose dead letter queue it is.', required: false, ignoreStdin: true }),
};

export const queueFlag = {
  queue: string({ description: 'The queue by its topic, instead of a sink.', helpValue: 'TOPIC' }),
};

/** A file for row data, which never goes to a stream. */
export const rowsFileFlag = custom<string>({
  helpValue: 'FILE',
  parse: async (input) => {
    if (input !== '-') return input;
    throw new SluiceError('USAGE', '--to needs a file: the records do not go to stdout', {
      hint: 'For a file of that name write ./-',
    });
  },
});

/** A point in time: ISO 8601 with a zone, or how long ago. */
export const timeFlag = custom<number>({
  helpValue: 'TIME',
  parse: async (input) => {
    const moment = parseMoment(input, Date.now());
    if ('at' in moment) return moment.at;
    throw new SluiceError('USAGE', moment.problem, { hint: moment.hint });
  },
});

export const recordFilterFlags = {
  cause: string({
    description: 'Only records whose cause contains this text.',
    helpValue: 'TEXT',
    helpGroup: 'RECORDS',
  }),
  topic: string({
    description: 'Only records of this original topic, or of those that fit a pattern with * and ?.',
    helpValue: 'TOPIC',
    helpGroup: 'RECORDS',
  }),
  since: timeFlag({
    description: 'Only records from this time on: 2h ago, or 2026-11-30T08:00:00Z.',
    helpGroup: 'RECORDS',
  }),
  until: timeFlag({ description: 'Only records before this time.', helpGroup: 'RECORDS' }),
  key: string({
    description: 'Only records with this key: as text, as JSON, or the value of its only field.',
    helpValue: 'KEY',
    helpGroup: 'RECORDS',
  }),
};

export function recordFilter({ cause, topic, since, until, key }: RecordFilter): RecordFilter {
  return { cause, topic, since, until, key };
}

/** @param verb for the message @throws USAGE unless exactly one is given */
export function queueName(sink: string | undefined, topic: string | undefined, verb: string): QueueName {
  if (sink !== undefined && topic !== undefined)
    throw new SluiceError('USAGE', 'a sink and --queue cannot be combined', { hint: 'Use one or the other.' });
  if (sink !== undefined) return { sink };
  if (topic !== undefined) return { topic };
  throw new SluiceError('USAGE', `${verb} which queue?`, {
    hint: 'Name its sink, or its topic with --queue TOPIC. List them: sluice dlq list',
  });
}
