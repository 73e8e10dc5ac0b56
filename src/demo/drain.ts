import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import { command } from '../text/settings.ts';
import { thousands } from '../text/thousands.ts';

export interface DrainOptions {
  group: string;
  /** Records that the source must have written, over all topics that the group reads. */
  records: number;
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
  update(detail: string): void;
}

const POLL_MS = 500;

/**
 * Waits until the source has written every change and the sink has read it. Lag alone proves nothing: it is also zero
 * before the source has read its log.
 * @returns records in the topics
 * @throws TIMED_OUT
 */
export async function awaitDrained(kafka: KafkaPort, options: DrainOptions): Promise<number> {
  const deadline = options.clock.now().getTime() + options.timeoutMs;
  for (;;) {
    const lag = (await kafka.lag([options.group])).get(options.group);
    const written = lag?.partitions.reduce((sum, partition) => sum + partition.end, 0) ?? 0;
    const behind = lag?.total ?? 0;
    options.update(`${thousands(written)} of ${thousands(options.records)} records in Kafka, lag ${thousands(behind)}`);
    if (written >= options.records && behind === 0) return written;
    if (options.clock.now().getTime() >= deadline) {
      throw new SluiceError(
        'TIMED_OUT',
        `after ${options.timeoutMs / 1000} s ${written} of ${options.records} records are in Kafka, and ${options.group} is ${behind} behind`,
        {
          hint: `To investigate: ${command('demo', { keep: true })}, then ${command('status', { context: 'sandbox-demo' })}`,
        },
      );
    }
    await options.clock.sleep(POLL_MS, options.signal);
  }
}
