export interface Step<T> {
  title: string;
  /** `update` shows a short text next to the title while the step runs. */
  run(update: (detail: string) => void): Promise<T>;
}

/** How a use case reports its steps; a live list on a terminal, plain lines elsewhere. */
export interface Progress {
  step<T>(title: string, run: Step<T>['run']): Promise<T>;
  /** Runs the steps in parallel; rejects with the first failure after all have ended. */
  all<T>(steps: readonly Step<T>[]): Promise<T[]>;
  note(text: string): void;
}

export const silentProgress: Progress = {
  step: (_title, run) => run(() => {}),
  async all(steps) {
    const settled = await Promise.allSettled(steps.map((step) => step.run(() => {})));
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  },
  note: () => {},
};
