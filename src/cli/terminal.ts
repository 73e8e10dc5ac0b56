import type { Logger } from '../ports/logger.ts';
import type { Progress } from '../ports/progress.ts';
import { redactText } from '../text/redact.ts';
import { visible, visibleButColours, visibleLines } from '../text/visible.ts';
import { jsonLog } from './log-format.ts';
import { jsonProgress, lineProgress, liveProgress } from './progress.ts';
import { plainStyle, type Style, styleOf } from './style.ts';
import type { LogFields, LogLevel } from './views/log.ts';
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
  readonly #command: string | undefined;

  /** @param options.command its words, for lines of JSON */
  constructor(options: { noColor: boolean; verbose: boolean; command?: string | undefined }) {
    this.#command = options.command;
    this.out = styleOf(process.stdout, process.env, options.noColor);
    this.err = jsonLog() === undefined ? styleOf(process.stderr, process.env, options.noColor) : plainStyle;
    this.logger = {
      debug: (message) => {
        if (!options.verbose || this.log('debug', message)) return;
        this.writeError(this.err.color.dim(redactText(visible(message))));
      },
      warn: (message) => {
        const text = redactText(visible(message));
        this.warnings.push(text);
        if (!this.log('warn', text)) this.writeError(`${this.err.color.yellow('Warning:')} ${visibleLines(text)}`);
      },
    };
  }

  /** Writes a line of JSON to stderr. @returns false if text for people is wanted there */
  log(level: LogLevel, message: string, fields: LogFields = {}): boolean {
    const log = jsonLog();
    log?.(level, message, this.#command === undefined ? fields : { command: this.#command, ...fields });
    return log !== undefined;
  }

  /** Live steps if a person watches stderr, plain lines otherwise. */
  get progress(): Progress {
    const note = (line: string) => this.writeError(line);
    this.#progress ??=
      jsonLog() !== undefined
        ? jsonProgress((level, message, fields) => void this.log(level, message, fields))
        : this.err.interactive
          ? liveProgress(note)
          : lineProgress(note, this.err);
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

  /** Whether a person can be asked: stdin and stderr are both terminals, and stderr is not for a program. */
  get canAsk(): boolean {
    return jsonLog() === undefined && process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI;
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
    if (text === '' || this.log('info', text.trimEnd())) return;
    this.#waiting?.clear();
    const shown = onScreen(visibleButColours(text), this.err);
    process.stderr.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  }
}
