import type { Progress, Step } from '../ports/progress.ts';
import { plainStyle, type Style } from './style.ts';
import type { JsonLog } from './views/log.ts';

/** Plain lines for pipes and CI logs: one when a step begins, one when it ends. */
export function lineProgress(
  write: (line: string) => void,
  { color }: Pick<Style, 'color'> = plainStyle,
  now: () => number = Date.now,
): Progress {
  return reported(
    {
      began: (title) => write(`… ${title}`),
      done: (title, ms, detail) =>
        write(`${color.green('✔')} ${title}${detail === '' ? '' : `: ${detail}`} ${color.dim(`(${seconds(ms)})`)}`),
      failed: (title, ms) => write(`${color.red('✖')} ${title} (${seconds(ms)})`),
      note: write,
    },
    now,
  );
}

/** The same as lines of JSON. */
export function jsonProgress(log: JsonLog, now: () => number = Date.now): Progress {
  return reported(
    {
      began: (title) => log('info', title, { step: 'began' }),
      done: (title, ms, detail) =>
        log('info', title, { step: 'done', durationMs: Math.round(ms), ...(detail === '' ? {} : { detail }) }),
      // Why is in the error that follows.
      failed: (title, ms) => log('error', title, { step: 'failed', durationMs: Math.round(ms) }),
      note: (text) => log('info', text, {}),
    },
    now,
  );
}

interface Reporter {
  began(title: string): void;
  /** @param detail the last one that the step gave, or none: `` */
  done(title: string, ms: number, detail: string): void;
  failed(title: string, ms: number): void;
  note(text: string): void;
}

function reported(reporter: Reporter, now: () => number): Progress {
  async function step<T>(title: string, run: Step<T>['run']): Promise<T> {
    const began = now();
    reporter.began(title);
    let last = '';
    try {
      const result = await run((detail) => {
        last = detail;
      });
      reporter.done(title, now() - began, last);
      return result;
    } catch (error) {
      reporter.failed(title, now() - began);
      throw error;
    }
  }
  return {
    step,
    async all(steps) {
      return settle(steps.map((one) => step(one.title, one.run)));
    },
    note: reporter.note,
  };
}

/** A live list on a terminal; on stderr, because stdout is for results and may be redirected. */
export function liveProgress(note: (line: string) => void): Progress {
  async function runList<T>(steps: readonly Step<T>[]): Promise<T[]> {
    const { DefaultRenderer, Listr, ListrLogger, ProcessOutput } = await import('listr2');
    // listr2 falls back to plain lines if stdout is not a terminal; here stderr counts, and was already checked.
    class StderrRenderer extends DefaultRenderer {
      static override nonTTY = true;
    }
    const output = new ProcessOutput(process.stderr, process.stderr);
    const results: T[] = [];
    const list = new Listr(
      steps.map((one, index) => ({
        title: one.title,
        task: async (_context: unknown, task: { title: string }) => {
          const elapsed = new Elapsed(one.title, (title) => {
            task.title = title;
          });
          try {
            results[index] = await one.run((detail) => elapsed.update(detail));
          } finally {
            elapsed.end();
          }
        },
      })),
      {
        concurrent: true,
        exitOnError: false,
        collectErrors: true,
        registerSignalListeners: false,
        renderer: StderrRenderer,
        rendererOptions: { showErrorMessage: false, logger: new ListrLogger({ processOutput: output }) },
      },
    );
    await list.run();
    const failure = list.errors?.[0];
    if (failure !== undefined) throw failure instanceof Error && 'error' in failure ? failure.error : failure;
    return results;
  }
  return {
    async step(title, run) {
      const [result] = await runList([{ title, run }]);
      return result as Awaited<ReturnType<typeof run>>;
    },
    all: runList,
    note,
  };
}

/** A step's title with its detail and, after two seconds, how long it has taken. */
class Elapsed {
  readonly #title: string;
  readonly #show: (title: string) => void;
  readonly #began = Date.now();
  readonly #timer: NodeJS.Timeout;
  #detail = '';

  constructor(title: string, show: (title: string) => void) {
    this.#title = title;
    this.#show = show;
    this.#timer = setInterval(() => this.#write(Math.floor), 1000);
  }

  update(detail: string): void {
    this.#detail = detail;
    this.#write(Math.floor);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#write((passed) => passed.toFixed(1));
  }

  #write(format: (seconds: number) => number | string): void {
    const passed = (Date.now() - this.#began) / 1000;
    const text = this.#detail === '' ? this.#title : `${this.#title}: ${this.#detail}`;
    this.#show(passed < 2 ? text : `${text} (${format(passed)} s)`);
  }
}

async function settle<T>(promises: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
