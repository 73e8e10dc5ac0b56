import type { Fence, ReconcilePorts } from './options.ts';

/** Time in place of proof: whatever was on its way is taken to have arrived after `ms`. */
export function timeFence(ms: number, { clock, signal }: Pick<ReconcilePorts, 'clock' | 'signal'>): Fence {
  return {
    kind: 'time',
    async pass() {
      await clock.sleep(ms, signal);
      return undefined;
    },
  };
}
