import type { Interfaces } from '@oclif/core';
import { Command } from '@oclif/core/command';
import type { Context } from '../config/targets.ts';
import type { ConnectClient } from '../connect/client.ts';
import { SluiceError } from '../errors/error.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import { systemClock } from '../ports/clock.ts';
import { serialize } from '../text/serialize.ts';
import { visibleJson, visibleTree } from '../text/visible.ts';
import { isClosedPipe } from './closed-pipe.ts';
import { toDocument, toFailureDocument } from './document.ts';
import { printFailure, translateFailure } from './failure.ts';
import { type Format, globalFlags } from './flags.ts';
import { interruptSignal } from './interrupt.ts';
import type { Style } from './style.ts';
import { Terminal } from './terminal.ts';

/** How one result is shown; pure functions of it, tested without a command. */
export interface View<Result extends object> {
  /** The text for people. */
  table(result: Result, style: Style): string;
  /** The document for programs, where it differs from the result itself; described by schemas/output/. */
  document?(result: Result): object;
  /** Further forms (`sarif`, `github`, …) as text. */
  forms?: Partial<Record<Format, (result: Result) => string>>;
  exitCode?(result: Result): ExitCode;
  /** It holds values of rows: a file of it can be read by its owner only. */
  holdsValues?: true;
}

export type FlagsOf<C extends typeof Command> = Interfaces.InferredFlags<C['flags'] & C['baseFlags']>;

interface CommonFlags {
  'no-color'?: boolean;
  verbose?: boolean;
  output?: string;
  json?: boolean | undefined;
  to?: string | undefined;
  project?: string | undefined;
  context?: string | undefined;
  'connect-url'?: string | undefined;
  'env-file'?: string[] | undefined;
}

/**
 * What every command shares: streams, output forms, error translation, exit codes, interruption.
 * A subclass implements `execute`: parse, call one use case, `present` its result.
 */
export abstract class SluiceCommand extends Command {
  static override baseFlags = globalFlags;

  protected readonly clock = systemClock;
  #terminal: Terminal | undefined;
  #interrupt: ReturnType<typeof interruptSignal> | undefined;

  protected abstract execute(): Promise<void>;

  /** Streams, styles and progress; by raw arguments, so that it works before (and for errors of) parsing. */
  protected get terminal(): Terminal {
    this.#terminal ??= new Terminal({ noColor: this.#has('--no-color'), verbose: this.#verbose });
    return this.#terminal;
  }

  /** Aborted by Ctrl-C and SIGTERM. */
  protected get signal(): AbortSignal {
    this.#interrupt ??= interruptSignal();
    return this.#interrupt.signal;
  }

  protected get logger() {
    return this.terminal.logger;
  }

  async run(): Promise<void> {
    void this.signal;
    await this.execute();
  }

  /** Prints one result in the form that was asked for, and sets the exit code. */
  protected async present<Result extends object>(
    result: Result,
    view: View<Result>,
    flags: CommonFlags,
  ): Promise<void> {
    const text = await this.#render(
      result,
      view,
      flags.json ? 'json' : ((flags.output ?? 'table') as Format),
      flags.to !== undefined,
    );
    if (flags.to === undefined) this.terminal.write(text);
    else await this.#writeFile(flags.to, text, view.holdsValues === true);
    process.exitCode = view.exitCode?.(result) ?? EXIT.ok;
  }

  /** One line of a JSON Lines stream, or one text block of it. */
  protected emit(result: object, text: string, flags: CommonFlags): void {
    this.terminal.write(
      flags.json || flags.output === 'json' ? visibleJson(JSON.stringify(toDocument(result, []))) : text,
    );
  }

  /** A stream that was ended by Ctrl-C is no failure to print, but its exit code says so. */
  protected endInterrupted(): void {
    if (this.signal.reason instanceof SluiceError) process.exitCode = this.signal.reason.exitCode;
  }

  async #render<Result extends object>(
    result: Result,
    view: View<Result>,
    format: Format,
    toFile: boolean,
  ): Promise<string> {
    if (format === 'json' || format === 'yaml') {
      return serialize(toDocument(view.document?.(result) ?? result, this.terminal.warnings), format);
    }
    const form = view.forms?.[format];
    const shown = visibleTree(result);
    if (form) return form(shown);
    const { plainStyle } = await import('./style.ts');
    return view.table(shown, toFile ? plainStyle : this.terminal.out);
  }

  async #writeFile(file: string, text: string, holdsValues: boolean): Promise<void> {
    const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    const hint = 'Check the path given to --to.';
    const { writePrivateFile, writePublicFile } = await import('../config/private-file.ts');
    if (holdsValues) {
      writePrivateFile(file, ended, hint);
      return;
    }
    try {
      writePublicFile(file, ended);
    } catch (error) {
      throw new SluiceError('FILE_UNWRITABLE', `cannot write ${file}: ${(error as Error).message}`, {
        hint,
        cause: error,
      });
    }
  }

  /** The clusters and databases that flags, environment and sluice.yaml name. */
  protected async targets(flags: CommonFlags) {
    const [{ Targets }, { loadEnvironment }] = await Promise.all([
      import('../config/targets.ts'),
      import('../config/environment.ts'),
    ]);
    return new Targets({
      environment: loadEnvironment(flags['env-file']),
      folder: process.cwd(),
      project: flags.project,
      context: flags.context,
      connectUrl: flags['connect-url'],
    });
  }

  /** The client of the context that is meant; its calls end with the signal. */
  protected async connect(
    flags: CommonFlags,
    signal: AbortSignal = this.signal,
  ): Promise<{ context: Context; client: ConnectClient }> {
    const context = await (await this.targets(flags)).context();
    const { createConnectClient } = await import('../connect/client.ts');
    const client = createConnectClient(context, {
      clock: this.clock,
      signal,
      logger: this.logger,
      proxyEnvironment: process.env,
    });
    return { context, client };
  }

  /** As `connect`, for commands that change something: a protected context must have been meant. */
  protected async connectToChange(flags: CommonFlags & { confirm?: string | undefined; 'dry-run'?: boolean }) {
    const target = await this.connect(flags);
    if (flags['dry-run']) return target;
    const { guardContext } = await import('./guard.ts');
    await guardContext(target.context, flags.confirm, this.terminal, this.signal);
    return target;
  }

  /** A question before something that cannot be taken back; without a terminal an error that names the flag. */
  protected async confirm(question: string, flag: string): Promise<void> {
    if (!this.terminal.canAsk) {
      throw new SluiceError('CONFIRMATION_REQUIRED', `${question} There is no terminal to ask on.`, {
        hint: `Say yes with ${flag}.`,
      });
    }
    const { confirm } = await import('@inquirer/prompts');
    const yes = await confirm({ message: question, default: false }, { output: process.stderr, signal: this.signal });
    if (!yes) throw new SluiceError('CONFIRMATION_REQUIRED', 'not confirmed; nothing was done');
  }

  /** As `confirm`, for deletions that nobody named on the command line: each name is to be typed. */
  protected async confirmNames(names: readonly string[], where: string, flag: string): Promise<void> {
    if (!this.terminal.canAsk) {
      throw new SluiceError(
        'CONFIRMATION_REQUIRED',
        `Delete ${names.join(', ')} on ${where}? There is no terminal to ask on.`,
        { hint: `Say yes with ${flag}.` },
      );
    }
    const { input } = await import('@inquirer/prompts');
    for (const name of names) {
      const typed = await input(
        { message: `${name} is to be deleted on ${where}. Type its name to go on:` },
        { output: process.stderr, signal: this.signal },
      );
      if (typed.trim() !== name) throw new SluiceError('CONFIRMATION_REQUIRED', 'not confirmed; nothing was done');
    }
  }

  protected override async catch(error: Error & { oclif?: { exit?: number } }): Promise<void> {
    if (isClosedPipe(error)) return;
    // `--help` and `--version` end by an exit "error" of oclif's.
    if ((error as { code?: string }).code === 'EEXIT') throw error;
    const cause = this.signal.aborted && !(error instanceof SluiceError) ? this.signal.reason : error;
    const failure = translateFailure(cause, this.id ?? '');
    printFailure(failure, this.terminal, this.#verbose);
    const format = this.#documentFormat();
    if (format) this.terminal.write(await serialize(toFailureDocument(failure, this.terminal.warnings), format));
    process.exitCode = failure.exitCode;
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    this.#interrupt?.dispose();
    await super.finally(error);
  }

  /** The document form that was asked for, read from the raw arguments since parsing may be what failed. */
  #documentFormat(): 'json' | 'yaml' | undefined {
    if (this.#has('--json')) return 'json';
    const argv = this.#ownArguments();
    for (const [index, argument] of argv.entries()) {
      const value =
        /^(?:--output=|-o=?)(.+)$/.exec(argument)?.[1] ??
        (argument === '-o' || argument === '--output' ? argv[index + 1] : undefined);
      if (value === 'json' || value === 'yaml') return value;
    }
    return undefined;
  }

  get #verbose(): boolean {
    return this.#has('--verbose') || this.#has('-v');
  }

  #has(flag: string): boolean {
    return this.#ownArguments().includes(flag);
  }

  #ownArguments(): string[] {
    const end = this.argv.indexOf('--');
    return end < 0 ? this.argv : this.argv.slice(0, end);
  }
}
