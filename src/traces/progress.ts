import type { Progress, Step } from '../ports/progress.ts';
import type { Tracer } from '../ports/tracer.ts';

/** Each step of the work is a span, too. */
export function tracedProgress(progress: Progress, tracer: Tracer): Progress {
  const traced =
    <T>(title: string, run: Step<T>['run']): Step<T>['run'] =>
    (update) =>
      tracer.span(title, {}, (span) =>
        run((detail) => {
          span.set({ 'sluice.detail': detail });
          update(detail);
        }),
      );
  return {
    ...progress,
    step: (title, run) => progress.step(title, traced(title, run)),
    all: (steps) => progress.all(steps.map(({ title, run }) => ({ title, run: traced(title, run) }))),
  };
}
