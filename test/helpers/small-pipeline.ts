/** One change of some rows in the source, as a sink gets it. `row` is undefined where they were deleted. */
export interface Change {
  ids: readonly number[];
  row: { v: number; note: string } | undefined;
}

/**
 * Brings changes from a source to a target in their order, some time after they were committed: what a connector and a sink
 * do, without the seconds that these take.
 */
export class SmallPipeline {
  readonly #apply: (change: Change) => Promise<void>;
  readonly #delay: () => number;
  readonly #queue: { change: Change; due: number }[] = [];
  #running: Promise<void> | undefined;
  /** Keys that it has written or deleted in the target. */
  readonly touched = new Set<number>();

  /** @param delay ms from a commit to its arrival */
  constructor(apply: (change: Change) => Promise<void>, delay: () => number) {
    this.#apply = apply;
    this.#delay = delay;
  }

  /** To be called when the change is committed. */
  push(change: Change): void {
    this.#queue.push({ change, due: Date.now() + this.#delay() });
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const wait = next.due - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      await this.#apply(next.change);
      for (const id of next.change.ids) this.touched.add(id);
    }
    this.#running = undefined;
  }

  /** Resolves when everything has arrived. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }
}
