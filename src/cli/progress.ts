import type { Progress, Step } from '../ports/progress.ts';
import { plainStyle, type Style } from './style.ts';

/** Plain lines for pipes and CI logs: one when a step begins, one when it has ended. */
export function lineProgress(
  write: (line: string) => void,
  { color }: Pick<Style, 'color'> = plainStyle,
  now: () => number = Date.now,
): Progress {
  async function step<T>(title: string, run: Step<T>['run']): Promise<T> {
    const began = now();
    write(`… ${title}`);
    let last = '';
    try {
      const result = await run((detail) => {
        last = detail;
      });
      write(
        `${color.green('✔')} ${title}${last === '' ? '' : `: ${last}`} ${color.dim(`(${seconds(now() - began)})`)}`,
      );
      return result;
    } catch (error) {
      write(`${color.red('✖')} ${title} (${seconds(now() - began)})`);
      throw error;
    }
  }
  return {
    step,
    async all(steps) {
      return settle(steps.map((one) => step(one.title, one.run)));
    },
    note: write,
  };
}

/** A live list on a terminal; on stderr, since progress is no result and stdout may be redirected. */
export function liveProgress(note: (line: string) => void): Progress {
  async function runList<T>(steps: readonly Step<T>[]): Promise<T[]> {
    const { DefaultRenderer, Listr, ListrLogger, ProcessOutput } = await import('listr2');
    // listr2 falls back to plain lines where stdout is no terminal; here stderr decides, and it was asked already.
    class StderrRenderer extends DefaultRenderer {
      static override nonTTY = true;
    }
    const output = new ProcessOutput(process.stderr, process.stderr);
    const results: T[] = [];
    const list = new Listr(
      steps.map((one, index) => ({
        title: one.title,
        task: async (_context: unknown, task: { title: string }) => {
          results[index] = await one.run((detail) => {
            task.title = `${one.title}: ${detail}`;
          });
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
