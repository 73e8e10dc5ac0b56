import { custom } from '@oclif/core/flags';
import type { Context, Targets } from '../config/targets.ts';
import { SluiceError } from '../errors/error.ts';
import type { LagLimits } from '../monitor/lag.ts';
import { durationMs } from '../text/duration.ts';

type MaxLag = Pick<LagLimits, 'maxRecords' | 'maxMs'>;

/** Records, or the time that a record may wait. */
export const maxLagFlag = custom<MaxLag>({
  description: 'Maximum lag of a healthy sink: records, or the time that a record may wait (status.maxLag).',
  helpValue: 'N|DURATION',
  parse: async (input) => parseMaxLag(input) ?? fail(new SluiceError('USAGE', wrong('--max-lag', input), HINT)),
})();

const HINT = { hint: 'Write a number of records, such as 10000, or a duration, such as 5m.' };

/** A worker must have had several chances to commit. */
const COMMITS = 3;

/**
 * What the lag of sinks is compared with: flags, then sluice.yaml, then what is known of the workers.
 * @throws PROJECT_INVALID
 */
export async function lagLimits(
  targets: Pick<Targets, 'project'>,
  { commitsEveryMs }: Pick<Context, 'commitsEveryMs'>,
  flag: MaxLag | undefined,
): Promise<LagLimits> {
  const { maxLag, stalledAfter } = (await targets.project())?.document.status ?? {};
  const invalid = (key: string, value: unknown) =>
    fail(new SluiceError('PROJECT_INVALID', wrong(`status.${key} of sluice.yaml`, String(value)), HINT));
  const known = commitsEveryMs === undefined ? 120_000 : COMMITS * commitsEveryMs;
  const limits = flag ?? (maxLag === undefined ? {} : (parseMaxLag(String(maxLag)) ?? invalid('maxLag', maxLag)));
  const stalledAfterMs =
    stalledAfter === undefined ? known : (durationMs(stalledAfter) ?? invalid('stalledAfter', stalledAfter));
  return { ...limits, stalledAfterMs };
}

function parseMaxLag(input: string): MaxLag | undefined {
  if (/^\d{1,15}$/.test(input)) return { maxRecords: Number(input) };
  const maxMs = durationMs(input);
  return maxMs === undefined ? undefined : { maxMs };
}

function wrong(name: string, value: string): string {
  return `${name} is neither a number of records nor a duration: ${value}`;
}

function fail(error: SluiceError): never {
  throw error;
}
