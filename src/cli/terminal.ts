import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import { redactText } from '../text/redact.ts';
import { visible, visibleButColours, visibleLines } from '../text/visible.ts';
import { lineProgress, liveProgress } from './progress.ts';
import { type Style, styleOf } from './style.ts';
import { WaitingLine } from './waiting-line.ts';
import { onScreen } from './wrap-lines.ts';

/** The two streams of a run: results on stdout, everything else on stderr. */
export class Terminal {
  readonly out: Style;
  readonly err: Style;
  readonly logger: Logger;
  readonly warnings: string[] = [];
  #progress: Progress | undefined;
  #waiting: WaitingLine | undefined;

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
        this.writeError(`${this.err.color.yellow('Warning:')} ${visibleLines(text)}`);
      },
    };
  }

  /** Live steps if a person watches stderr, plain lines otherwise. */
  get progress(): Progress {
    const note = (line: string) => this.writeError(line);
    this.#progress ??= this.err.interactive ? liveProgress(note) : lineProgress(note, this.err);
    return this.#progress;
  }

  /** Says what is waited for, if that takes long and a person watches. */
  waiting(title: string): Disposable {
    if (!this.err.interactive) return { [Symbol.dispose]() {} };
    this.#waiting?.[Symbol.dispose]();
    const line = new WaitingLine(
      visible(title),
      () => process.stderr.columns || 80,
      (text) => process.stderr.write(text),
    );
    this.#waiting = line;
    return line;
  }

  /** Whether a person can be asked: stdin and stderr are both terminals. */
  get canAsk(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI;
  }

  /** Whether a person may be reading the result; a pipe or a file is for programs. */
  get isRead(): boolean {
    return process.stdout.isTTY === true;
  }

  /** Writes a text and a final line break; nothing for an empty text, such as a list without findings. */
  write(text: string): void {
    if (text === '') return;
    // A result is what was waited for.
    this.#waiting?.[Symbol.dispose]();
    const shown = visibleButColours(text);
    process.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  }

  /** A short remark on stderr, in every output format. */
  note(text: string): void {
    this.writeError(this.err.color.dim(redactText(visible(text))));
  }

  /** Text for stdout: on a terminal, lines that are too long break at words. */
  wrapped(text: string): string {
    return onScreen(text, this.out);
  }

  writeError(text: string): void {
    if (text === '') return;
    this.#waiting?.clear();
    const shown = onScreen(visibleButColours(text), this.err);
    process.stderr.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  }
}
