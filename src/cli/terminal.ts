import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import { redactText } from '../text/redact.ts';
import { visible, visibleButColours } from '../text/visible.ts';
import { lineProgress, liveProgress } from './progress.ts';
import { type Style, styleOf } from './style.ts';

/** The two streams of a run: results on stdout, everything else on stderr. */
export class Terminal {
  readonly out: Style;
  readonly err: Style;
  readonly logger: Logger;
  readonly warnings: string[] = [];
  #progress: Progress | undefined;

  constructor(options: { noColor: boolean; verbose: boolean }) {
    this.out = styleOf(process.stdout, process.env, options.noColor);
    this.err = styleOf(process.stderr, process.env, options.noColor);
    this.logger = {
      debug: (message) => {
        if (options.verbose) this.writeError(this.err.color.dim(redactText(visible(message))));
      },
      warn: (message) => {
        const text = redactText(visible(message));
        this.warnings.push(text);
        this.writeError(`${this.err.color.yellow('Warning:')} ${text}`);
      },
    };
  }

  /** Live steps where a person watches stderr, plain lines elsewhere. */
  get progress(): Progress {
    const note = (line: string) => this.writeError(line);
    this.#progress ??= this.err.interactive ? liveProgress(note) : lineProgress(note, this.err);
    return this.#progress;
  }

  /** A terminal on both ends of a question. */
  get canAsk(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI;
  }

  /** A text with a line break at its end; of an empty one, such as a list without findings, nothing. */
  write(text: string): void {
    if (text === '') return;
    const shown = visibleButColours(text);
    process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  }

  writeError(text: string): void {
    if (text === '') return;
    const shown = visibleButColours(text);
    process.stderr.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  }
}
