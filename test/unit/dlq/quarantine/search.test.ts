import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Head, nextStep, type Probe } from '../../../../src/dlq/quarantine/search.ts';

const head = (partition: number, offset: number): Head => ({ topic: 't', partition, offset });
const probe = (given: Head[], failed: boolean, patient = false): Probe => ({ given, failed, patient });
const one = (partition: number, offset: number, failed = false) => probe([head(partition, offset)], failed);

describe('the next step of a search', () => {
  it.each<[string, Head[], Probe[], object]>([
    ['nothing lags', [], [], { act: 'clear' }],
    ['all at once, first', [head(0, 1), head(1, 2)], [], { act: 'probe', given: [head(0, 1), head(1, 2)] }],
    ['the only partition', [head(1, 3)], [one(1, 3, true)], { act: 'proven', head: head(1, 3) }],
    [
      'it wrote some, perhaps more than it could commit: it is tried again from there',
      [head(1, 3)],
      [one(1, 0, true)],
      { act: 'probe', given: [head(1, 3)] },
    ],
    [
      'several lag: those that did not move come first',
      [head(0, 5), head(1, 2)],
      [probe([head(0, 1), head(1, 2)], true)],
      { act: 'probe', given: [head(1, 2)] },
    ],
    [
      'only one lags, but others were read with it: it is tried alone',
      [head(1, 2)],
      [probe([head(0, 1), head(1, 2)], true)],
      { act: 'probe', given: [head(1, 2)] },
    ],
    [
      'the first was read',
      [head(0, 5), head(1, 4)],
      [probe([head(0, 1), head(1, 2)], true), one(1, 2)],
      { act: 'probe', given: [head(0, 5)] },
    ],
    [
      'neither fails alone: all at once again',
      [head(0, 7), head(1, 4)],
      [probe([head(0, 1), head(1, 2)], true), one(1, 2), one(0, 5)],
      { act: 'probe', given: [head(0, 7), head(1, 4)] },
    ],
    [
      'it did not move: it is given more time',
      [head(1, 2)],
      [one(1, 2)],
      { act: 'probe', given: [head(1, 2)], patient: true },
    ],
    ['it did not move in a long time', [head(1, 2)], [probe([head(1, 2)], false, true)], { act: 'undetermined' }],
    ['it is read, but not far enough', [head(1, 400)], [one(1, 2)], { act: 'probe', given: [head(1, 400)] }],
    ['it is read beyond the batch that failed', [head(1, 502)], [one(1, 2)], { act: 'clear' }],
    ['it failed, and nothing is left', [], [one(1, 2, true)], { act: 'undetermined' }],
  ])('%s', (_what, heads, probes, step) => {
    expect(nextStep(heads, probes, 500)).toMatchObject(step);
  });

  /**
   * A sink that is given one record at a time, in any order of its partitions. A class may throw at once, or, like Debezium's,
   * when it is given the next one. It is watched for so many records.
   */
  function sink(ends: number[], refused: Set<string>, late: boolean, order: number[]) {
    const at = ends.map(() => 0);
    const heads = () =>
      at.flatMap((offset, partition) => (offset < (ends[partition] ?? 0) ? [head(partition, offset)] : []));
    const run = (given: readonly Head[], watched: number): boolean => {
      let pending = false;
      let turn = 0;
      for (let records = 0; records < watched; records += 1) {
        const open = given.filter(({ partition }) => (at[partition] ?? 0) < (ends[partition] ?? 0));
        if (pending) return true;
        const next = open[(order[turn++ % order.length] ?? 0) % Math.max(1, open.length)];
        if (next === undefined) return false;
        const offset = at[next.partition] ?? 0;
        if (!refused.has(`${next.partition} ${offset}`)) at[next.partition] = offset + 1;
        else if (late) pending = true;
        else return true;
      }
      return pending;
    };
    return { heads, run };
  }

  it('proves only refused records, and finds one if there is one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(4), fc.nat(11)), { maxLength: 4 }),
        fc.boolean(),
        fc.array(fc.nat(10), { minLength: 1, maxLength: 7 }),
        fc.integer({ min: 3, max: 40 }),
        (ends, places, late, order, watched) => {
          const refused = new Set(
            places.filter(([p, o]) => o < (ends[p] ?? 0)).map(([partition, offset]) => `${partition} ${offset}`),
          );
          const { heads, run } = sink(ends, refused, late, order);
          const probes: Probe[] = [];
          for (;;) {
            const now = heads();
            const step = nextStep(now, probes, 500);
            if (step.act === 'proven') {
              expect(refused).toContain(`${step.head.partition} ${step.head.offset}`);
              return;
            }
            if (step.act === 'clear') {
              expect(refused.size).toBe(0);
              return;
            }
            // A partition that is not its turn for as long as it is watched.
            if (step.act === 'undetermined') {
              expect(step.because).toMatch(/was not read/);
              return;
            }
            probes.push({ ...step, failed: run(step.given, step.patient ? 1000 : watched) });
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
