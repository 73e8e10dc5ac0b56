import { type ClusterFacts, type ClusterVerdict, judgeCluster } from '../monitor/cluster-health.ts';
import { type DriftReading, differencesText, unknownText } from './drift.ts';
import { kafkaFailure, type Snapshot } from './snapshot.ts';

/** The health of a cluster, and since when it has been seen. */
export interface ClusterReport extends ClusterVerdict {
  /** ms since 1970 */
  since: number;
}

/** How often each worker is asked by itself (ms). */
const ASK_MS = 60_000;

/** Judges a cluster at each poll. */
export class ClusterWatch {
  readonly #ask: (() => Promise<ClusterFacts['asked']>) | undefined;
  #asked: ClusterFacts['asked'] = [];
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking = false;
  #last: ClusterReport | undefined;

  /** @param ask what each URL of the context answers; undefined if it has only one */
  constructor(ask: (() => Promise<ClusterFacts['asked']>) | undefined) {
    this.#ask = ask;
  }

  get latest(): ClusterReport | undefined {
    return this.#last;
  }

  /**
   * @param drift undefined if nothing was compared
   * @returns the report if it says something else than the one before
   */
  observe(snapshot: Snapshot, drift?: DriftReading): ClusterReport | undefined {
    const { at, error, rebalancing, connectors } = snapshot;
    this.#askEach(at);
    const unassigned = connectors.reduce(
      (sum, { state, taskList }) =>
        sum + Number(state === 'UNASSIGNED') + taskList.filter((task) => task.state === 'UNASSIGNED').length,
      0,
    );
    const verdict = judgeCluster({
      ...{ error, rebalancing, asked: this.#asked, unassigned },
      kafka: kafkaFailure(snapshot)?.message,
      drift: drift === undefined ? null : driftFact(drift),
    });
    const before = this.#last;
    this.#last = { ...verdict, since: before?.health === verdict.health ? before.since : at };
    const textOf = (one: ClusterVerdict) => JSON.stringify([one.health, one.reasons]);
    const known = before ?? { health: 'healthy', reasons: [] };
    return textOf(known) === textOf(verdict) ? undefined : this.#last;
  }

  /** A worker that hangs holds up no poll: what it says is used at the next one. */
  #askEach(at: number): void {
    if (this.#ask === undefined || this.#asking || Math.abs(at - this.#askedAt) < ASK_MS) return;
    this.#asking = true;
    this.#askedAt = at;
    this.#ask()
      .then((asked) => {
        this.#asked = asked;
      })
      // Of an interruption; failures of workers are answers.
      .catch(() => {})
      .finally(() => {
        this.#asking = false;
      });
  }
}

function driftFact({ state, differences, unknown }: DriftReading): ClusterFacts['drift'] {
  if (state === 'none') return null;
  return state === 'drift'
    ? { isKnown: true, text: differencesText(differences) }
    : { isKnown: false, text: unknownText(unknown) };
}
