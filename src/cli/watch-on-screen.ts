import { LagTrend } from '../monitor/lag-trend.ts';
import type { StatusReport, StatusSample } from '../monitor/status.ts';
import type { Clock } from '../ports/clock.ts';
import { Screen } from './screen.ts';
import type { Style } from './style.ts';
import { watchScreen } from './views/watch-screen.ts';

/** Draws each sample over the previous one, until the last. Then the terminal is restored. */
export async function watchOnScreen(
  samples: AsyncIterable<StatusSample>,
  context: string,
  everyMs: number,
  style: Style,
  clock: Clock,
): Promise<void> {
  const trend = new LagTrend();
  let screen: Screen | undefined;
  let report: StatusReport | undefined;
  let reportAt: string | undefined;
  let last: StatusSample | undefined;
  const draw = () => {
    if (last === undefined) return;
    const watched = { context, everyMs, sample: last, report, reportAt, trend, now: clock.now().getTime() };
    screen?.draw(watchScreen(watched, style));
  };
  // A worker that hangs does not stop the clock on the screen.
  const ticking = setInterval(draw, 1000);
  try {
    for await (const sample of samples) {
      if ('report' in sample) {
        report = sample.report;
        reportAt = sample.at;
        trend.add(report.connectors, Date.parse(sample.at));
      }
      // Not before: if the first poll fails, its error belongs on the ordinary screen.
      screen ??= new Screen(process.stdout);
      last = sample;
      draw();
    }
  } finally {
    clearInterval(ticking);
    screen?.[Symbol.dispose]();
  }
}
