import { SluiceError } from '../errors/error.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import { LagTrend } from '../monitor/lag-trend.ts';
import type { StatusReport, StatusSample } from '../monitor/status.ts';
import type { Clock } from '../ports/clock.ts';
import { visibleTree } from '../text/visible.ts';
import { Keyboard } from './keyboard.ts';
import { Screen } from './screen.ts';
import type { Style } from './style.ts';
import { exitCodeOf } from './views/status.ts';
import { type Drawn, isStale, watchScreen } from './views/watch-screen.ts';
import { type Key, pressed, UNTOUCHED } from './watch-keys.ts';

interface Watching {
  context: string;
  everyMs: number;
  /** With the workers. */
  wide: boolean;
  style: Style;
  clock: Clock;
  /** Completes suggested commands. */
  complete(text: string): string;
  /** Ends the samples. */
  quit: AbortController;
  /** Until the first sample. */
  waiting: Disposable;
}

/**
 * Draws each sample over the previous one, until the last, or until a key ends it: then with the exit code of the last
 * one. Then the terminal is restored.
 */
export async function watchOnScreen(samples: AsyncIterable<StatusSample>, watching: Watching): Promise<void> {
  const trend = new LagTrend();
  const { style, clock, complete, ...fixed } = watching;
  const { everyMs } = watching;
  let screen: Screen | undefined;
  let keyboard: Keyboard | undefined;
  let report: StatusReport | undefined;
  let reportAt: string | undefined;
  let last: StatusSample | undefined;
  let keys = UNTOUCHED;
  let drawn: Drawn | undefined;
  const draw = () => {
    if (last === undefined) return;
    const watched = { ...fixed, sample: last, report, reportAt, trend, now: clock.now().getTime() };
    const drawing = watchScreen({ ...watched, keys: keyboard === undefined ? undefined : keys }, style, complete);
    screen?.draw((size) => {
      drawn = drawing(size);
      return drawn.text;
    });
  };
  const press = (key: Key) => {
    const next = pressed(keys, key, drawn ?? { names: [], page: 0, bottom: 0 });
    if (next !== 'quit') keys = next;
    else {
      if (last !== undefined) process.exitCode = verdict(last, isStale(last.at, everyMs, clock.now().getTime()));
      watching.quit.abort(new SluiceError('INTERRUPTED', 'ended by a key'));
    }
    draw();
  };
  // A worker that hangs does not stop the clock on the screen.
  const ticking = setInterval(draw, 1000);
  try {
    for await (const raw of samples) {
      const sample = visibleTree(raw);
      if ('report' in sample) {
        report = sample.report;
        reportAt = sample.at;
        trend.add(report.connectors, Date.parse(sample.at));
      }
      // Not before: if the first poll fails, its error belongs on the ordinary screen.
      if (screen === undefined) {
        watching.waiting[Symbol.dispose]();
        const opened = new Screen(process.stdout);
        screen = opened;
        const hooks = { key: press, suspend: () => opened.suspend(), resume: () => opened.resume() };
        if (process.stdin.isTTY) keyboard = new Keyboard(process.stdin, hooks);
      }
      last = sample;
      draw();
    }
  } finally {
    clearInterval(ticking);
    keyboard?.[Symbol.dispose]();
    screen?.[Symbol.dispose]();
  }
}

/** Of a poll; what a worker said before it stopped answering is not the state of its connectors. */
function verdict(last: StatusSample, stale: boolean): ExitCode {
  if ('error' in last) return last.error.exitCode;
  const code = exitCodeOf(last.report);
  return stale && code === EXIT.ok ? EXIT.unreachable : code;
}
