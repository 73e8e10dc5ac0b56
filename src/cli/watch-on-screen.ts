import { LagTrend } from '../monitor/lag-trend.ts';
import type { StatusReport, StatusSample } from '../monitor/status.ts';
import { Screen } from './screen.ts';
import type { Style } from './style.ts';
import { watchScreen } from './views/watch-screen.ts';

/** Draws each sample over the one before, until there are no more. The terminal is left as it was. */
export async function watchOnScreen(
  samples: AsyncIterable<StatusSample>,
  context: string,
  everyMs: number,
  style: Style,
): Promise<void> {
  const trend = new LagTrend();
  let screen: Screen | undefined;
  let report: StatusReport | undefined;
  try {
    for await (const sample of samples) {
      if ('report' in sample) {
        report = sample.report;
        trend.add(report.connectors, Date.parse(sample.at));
      }
      // Not before: if the first poll fails, its error belongs on the ordinary screen.
      screen ??= new Screen(process.stdout);
      screen.draw(watchScreen({ context, everyMs, sample, report, trend }, style));
    }
  } finally {
    screen?.[Symbol.dispose]();
  }
}
