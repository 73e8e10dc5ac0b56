import type { Targets } from '../../config/targets.ts';
import { SluiceError } from '../../errors/error.ts';
import { EXIT, type ExitCode } from '../../errors/registry.ts';
import type { Clock } from '../../ports/clock.ts';
import { type MonitorPorts, watchSnapshots } from '../../serve/monitor.ts';
import type { Snapshot } from '../../serve/snapshot.ts';
import type { OpenContext } from '../context.ts';
import { Keyboard } from '../keyboard.ts';
import type { News } from '../open-healing.ts';
import { Screen } from '../screen.ts';
import type { Style } from '../style.ts';
import { snapshotExit } from '../views/monitor.ts';
import { type Done, liveActs } from './acts.ts';
import { type Frame, liveFrame } from './frame.ts';
import { type Described, type Effect, type LiveEvent, type LiveVerb, liveModel, liveStep } from './model.ts';

interface LiveOptions {
  context: string;
  protected: boolean;
  everyMs: number;
  style: Style;
  clock: Clock;
  /** Completes suggested commands. */
  complete(text: string): string;
  /** Changes a connector as the command of that name does. */
  operate(verb: LiveVerb, name: string): Promise<Done>;
  describe(name: string): Promise<Described>;
  /** Is given what healing does. */
  news: News;
  /** Ends the snapshots. */
  quit: AbortController;
  /** Until the first snapshot. */
  waiting: Disposable;
}

/** The view of a context, until it is left. The process ends with the verdict of the last reading. */
export async function runLive(
  cluster: OpenContext,
  {
    targets,
    ...given
  }: MonitorPorts & Pick<LiveOptions, 'style' | 'complete' | 'quit' | 'waiting' | 'news'> & { targets: Targets },
): Promise<void> {
  const { clock, signal } = given;
  const { name: context, protected: isProtected } = cluster.context;
  const acts = liveActs(cluster, { targets, clock, signal });
  process.exitCode = await liveView(watchSnapshots(given), { ...given, ...acts, context, protected: isProtected });
}

/**
 * Draws each snapshot over the previous one, until the last, or until a key ends it. Then the terminal is as it was, and the
 * exit code is that of the last snapshot.
 */
async function liveView(snapshots: AsyncIterable<Snapshot>, options: LiveOptions): Promise<ExitCode> {
  const { style, clock, quit, complete } = options;
  let model = liveModel(options);
  let room: Pick<Frame, 'page' | 'bottom'> = { page: 0, bottom: 0 };
  let screen: Screen | undefined;
  let keyboard: Keyboard | undefined;
  let operating: Promise<void> | undefined;
  const draw = () => {
    screen?.draw((size) => {
      const frame = liveFrame(model, size, style, clock.now().getTime(), complete);
      room = frame;
      return frame.lines.join('\n');
    });
  };
  const take = (event: LiveEvent) => {
    const next = liveStep(model, event, room);
    model = next.model;
    if (next.effect !== undefined) carryOut(next.effect);
    draw();
  };
  const carryOut = (effect: Effect) => {
    if (effect.kind === 'quit') quit.abort(new SluiceError('INTERRUPTED', 'ended by a key'));
    else if (effect.kind === 'describe')
      options.describe(effect.name).then(
        (described) => take({ kind: 'described', ...described }),
        (error: Error) => take({ kind: 'described', name: effect.name, failure: error.message }),
      );
    else
      operating = options.operate(effect.verb, effect.name).then(
        (done) => take({ kind: 'done', ...done }),
        (error: Error) => take({ kind: 'done', isDone: false, text: error.message }),
      );
  };
  // A worker that hangs does not stop the clock on the screen.
  const ticking = setInterval(draw, 1000);
  try {
    for await (const snapshot of snapshots) {
      // Not before: if the first poll fails, its error belongs on the ordinary screen.
      if (screen === undefined) {
        options.waiting[Symbol.dispose]();
        options.news.tell = (text, isGood) => take({ kind: 'told', text, isGood });
        const opened = new Screen(process.stdout);
        screen = opened;
        const hooks = {
          key: (key: Extract<LiveEvent, { kind: 'key' }>['key']) => take({ kind: 'key', key }),
          suspend: () => opened.suspend(),
          resume: () => opened.resume(),
        };
        if (process.stdin.isTTY) keyboard = new Keyboard(process.stdin, hooks);
      }
      take({ kind: 'read', snapshot });
    }
  } finally {
    options.news.tell = () => {};
    clearInterval(ticking);
    keyboard?.[Symbol.dispose]();
    screen?.[Symbol.dispose]();
    // What was sent stays in effect: it is written to the history before the end.
    await operating;
  }
  return model.snapshot === undefined ? EXIT.ok : snapshotExit(model.snapshot);
}
