export interface Step<T> {
  title: string;
  /** `update` shows a short text beside the title while the step runs. */
  run(update: (detail: string) => void): Promise<T>;
}

/** How a use case of several steps tells what it is doing; on a terminal a live list, elsewhere plain lines. */
export interface Progress {
  step<T>(title: string, run: Step<T>['run']): Promise<T>;
  /** Runs the steps side by side; rejects with the first failure after all have ended. */
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
