/** The next record of a partition that the sink has not read to its end. */
export interface Head {
  topic: string;
  partition: number;
  offset: number;
}

/** What the sink did when it was given these partitions and no other ones, one record at a time. */
export interface Probe {
  given: readonly Head[];
  failed: boolean;
  /** It was watched for longer than a worker takes between two commits. */
  patient: boolean;
}

export type Step =
  | { act: 'probe'; given: readonly Head[]; patient: boolean }
  /** The sink fails at this record. */
  | { act: 'proven'; head: Head }
  /** Everything that the sink may have failed with has been written. */
  | { act: 'clear' }
  | { act: 'undetermined'; because: string };

/** Of one search; a sink that fails now and then would go on for ever. */
const MOST_PROBES = 60;

const keyOf = ({ topic, partition }: Pick<Head, 'topic' | 'partition'>) => `${topic} ${partition}`;

/**
 * What to try next to find the record at which a sink fails. Pure.
 *
 * A failure proves a record only if nothing else can have caused it: the sink had a single task, which was given one
 * partition, one record at a time, and what it had written before was committed when it ended. Then it is the head of that
 * partition, if it began there. So first all partitions are given at once, which shows whether it fails at all, and brings the others forward;
 * then one after the other, those that did not move first, as the refused one cannot.
 * @param heads now, of all partitions that are not read to the end
 * @param probes since the beginning of the search, each with the heads that it began with
 * @param batch how many records the failed batch had at most
 */
export function nextStep(heads: readonly Head[], probes: readonly Probe[], batch: number): Step {
  const last = probes.at(-1);
  const headOf = new Map(heads.map((head) => [keyOf(head), head]));
  if (last?.failed && last.given.length === 1) {
    const [given] = last.given as [Head];
    const head = headOf.get(keyOf(given));
    if (head === undefined)
      return { act: 'undetermined', because: 'it failed although it had read the partition to its end' };
    if (head.offset === given.offset) return { act: 'proven', head };
    // It wrote some before: one more time, in case it could not commit the last of them.
    if (probes.length < MOST_PROBES) return { act: 'probe', given: [head], patient: false };
  }
  if (heads.length === 0) return { act: 'clear' };
  if (last === undefined) return { act: 'probe', given: heads, patient: false };
  if (probes.length >= MOST_PROBES)
    return { act: 'undetermined', because: `it fails now and then: it was tried ${MOST_PROBES} times` };
  if (!last.failed) {
    const stuck = last.given.filter((one) => headOf.get(keyOf(one))?.offset === one.offset);
    // A sink may report a failure only when it is given the next batch, which may be an empty one, before a commit.
    if (stuck.length > 0 && !last.patient) return { act: 'probe', given: stuck, patient: true };
    if (stuck.length > 0) return { act: 'undetermined', because: `${nameOf(stuck[0] as Head)} was not read` };
  }
  const failedAt = probes.findLastIndex(({ failed }) => failed);
  if (failedAt < 0) {
    const begins = new Map(probes.toReversed().flatMap(({ given }) => given.map((one) => [keyOf(one), one.offset])));
    const open = heads.filter((head) => head.offset - (begins.get(keyOf(head)) ?? head.offset) < batch);
    return open.length === 0 ? { act: 'clear' } : { act: 'probe', given: open, patient: false };
  }
  const tried = new Set(probes.slice(failedAt + 1).flatMap(({ given }) => given.map(keyOf)));
  const moved = (head: Head) =>
    probes[failedAt]?.given.some((one) => keyOf(one) === keyOf(head) && one.offset !== head.offset) ?? false;
  const left = heads.filter((head) => !tried.has(keyOf(head)));
  const next = left.find((head) => !moved(head)) ?? left[0];
  // It wrote each of them: did it fail for another reason? All at once will tell.
  if (next === undefined) return { act: 'probe', given: heads, patient: false };
  return { act: 'probe', given: [next], patient: false };
}

export function nameOf({ topic, partition }: Pick<Head, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}
