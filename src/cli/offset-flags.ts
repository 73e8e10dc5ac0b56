import { boolean, string } from '@oclif/core/flags';
import { changeFlags, contextFlags, dryRunFlag, outputFlags, stableFlag, waitFlags, yesFlag } from './flags.ts';

/** Flags of every command that changes offsets. */
export const offsetChangeFlags = {
  ...outputFlags(),
  ...changeFlags,
  ...waitFlags(undefined, 'the former state is reached again'),
  ...stableFlag,
  ...dryRunFlag,
  ...yesFlag,
};

/** Flags of commands that only read offsets. */
export const offsetReadFlags = { ...outputFlags(), ...contextFlags };

const WHERE = ['to-earliest', 'to-latest', 'to-offset', 'to-time', 'shift-by'] as const;

const others = (own: (typeof WHERE)[number]) => ({ exclusive: WHERE.filter((one) => one !== own) });

/** Where the partitions of sinks should be: the names are those of kafka-consumer-groups. */
export const whereFlags = {
  'to-earliest': boolean({
    description: 'Of a sink: to the first record of each partition.',
    ...others('to-earliest'),
  }),
  'to-latest': boolean({ description: 'Of a sink: to the end of each partition.', ...others('to-latest') }),
  'to-offset': string({
    description: 'Of a sink: to this offset of one partition.',
    helpValue: 'N',
    ...others('to-offset'),
  }),
  'to-time': string({
    description:
      'Of a sink: to the first record since a time, such as 2026-11-30T08:00Z, or since so long ago: 2h, 7d.',
    helpValue: 'TIME',
    ...others('to-time'),
  }),
  'shift-by': string({
    description: 'Of a sink: forward by so many records, or back (--shift-by=-5).',
    helpValue: 'N',
    ...others('shift-by'),
  }),
};

const several = { multiple: true, multipleNonGreedy: true } as const;

/** Partitions of sinks. */
export function partitionFlags(partition: string, helpValue: string) {
  return {
    topic: string({ ...several, description: 'Of a sink: only this topic; can be repeated.', helpValue: 'NAME' }),
    partition: string({ ...several, description: partition, helpValue }),
    'source-partition': string({
      ...several,
      description: 'Of a source: this partition, as JSON; can be repeated.',
      helpValue: 'JSON',
    }),
  };
}
