import path from 'node:path';
import type { Interfaces } from '@oclif/core';
import { Command } from '@oclif/core/command';
import type { Context } from '../config/targets.ts';
import type { Selected, Selection } from '../connect/selection.ts';
import type { DeployReport } from '../deploy/deploy.ts';
import { SluiceError, toSluiceError } from '../errors/error.ts';
import { EXIT, type ExitCode } from '../errors/registry.ts';
import type { Sample } from '../metrics/run/families.ts';
import type { OperationOf, OperationReport } from '../operate/record.ts';
import type { OperateOptions } from '../operate/targets.ts';
import { systemClock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import { type Span, silentTracer, type Tracer } from '../ports/tracer.ts';
import type { Environment } from '../secrets/environment.ts';
import type { Store } from '../store/store.ts';
import { firstNames } from '../text/lists.ts';
import { serialize } from '../text/serialize.ts';
import { visibleJson, visibleTree } from '../text/visible.ts';
import type { Traces } from '../traces/otlp.ts';
import { isClosedPipe } from './closed-pipe.ts';
import type { OpenContext, Opened } from './context.ts';
import { type BodyOf, toDocument, toFailureDocument, type Versioned } from './document.ts';
import { printFailure, translateFailure, withHint } from './failure.ts';
import { type Format, globalFlags } from './flags.ts';
import type { ApprovalFlags, Operation } from './guard.ts';
import { interruptSignal } from './interrupt.ts';
import type { OperateFlags } from './operate-options.ts';
import { knownCommands, pastable, pathsOf, placesOf } from './pastable.ts';
import { answer, questionText } from './questions.ts';
import type { refuseKind } from './refuse-kind.ts';
import { assertFree } from './result-file.ts';
import type { RunReport } from './run-report.ts';
import { plainStyle, type Style } from './style.ts';
import { Terminal } from './terminal.ts';
import { refuseMisread } from './usage-errors.ts';

/** How one result is shown; pure functions of it, tested without a command. */
interface AnyView<Result extends object, Body extends object = object> {
  /** Text for people. */
  table(result: Result, style: Style): string;
  /** Document for programs, if it differs from the result. */
  document?(result: Result): Body;
  /** More formats (`sarif`, `github`, …) as text. `raw` is the result before hidden characters were made visible. */
  forms?: Partial<Record<Format, (result: Result, raw?: Result) => string | Promise<string>>>;
  exitCode?(result: Result): ExitCode;
  /** For --metrics-to, besides what is known of every run. */
  metrics?(result: Result): Sample[];
  /** Contains row values: write it to files that only their owner can read. */
  holdsValues?: true;
  /** It is a file for people to edit: an existing one is only replaced with --force. */
  edited?: true;
  /** Suggested commands are completed. */
  prose?: true;
  /** To be copied, such as a file: on a terminal, too, long lines do not wrap at words. */
  verbatim?: true;
}

type HasKeysOf<Result, Body> = [Result] extends [Body] ? ([keyof Result] extends [keyof Body] ? true : false) : false;

/** A view whose JSON is `Document`, which has a schema. Its `document` may only be omitted if the result is the body. */
export type View<Result extends object, Document extends Versioned<object>> = AnyView<Result, BodyOf<Document>> &
  (HasKeysOf<Result, BodyOf<Document>> extends true
    ? unknown
    : Required<Pick<AnyView<Result, BodyOf<Document>>, 'document'>>);

type OutputFlags = Interfaces.OutputFlags<Interfaces.FlagInput>;
type OutputArgs = Interfaces.OutputArgs<Interfaces.ArgInput>;

export type FlagsOf<C extends typeof Command> = Interfaces.InferredFlags<C['flags'] & C['baseFlags']>;

interface CommonFlags {
  'no-color'?: boolean;
  verbose?: boolean;
  output?: string;
  json?: boolean | undefined;
  to?: string | undefined;
  force?: boolean | undefined;
  project?: string | undefined;
  context?: string | undefined;
  'connect-url'?: string | undefined;
  'env-file'?: string[] | undefined;
  'metrics-to'?: string | undefined;
}

/** By OpenTelemetry's own variables. @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
function wantsTraces(environment: Environment): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = environment;
  const isOff = OTEL_SDK_DISABLED?.toLowerCase() === 'true' || environment.OTEL_TRACES_EXPORTER === 'none';
  return !isOff && Boolean(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || OTEL_EXPORTER_OTLP_ENDPOINT);
}

function outcomeOf(exitCode: number): string {
  return Object.entries(EXIT).find(([, code]) => code === exitCode)?.[0] ?? String(exitCode);
}

/** To ask a worker for a level that may still be raised. */
const REMIND_MS = 3_000;

/**
 * What every command shares: streams, output formats, error translation, exit codes, interruption.
 * A subclass implements `execute`: parse, call one use case, `present` its result.
 */
export abstract class SluiceCommand extends Command {
  static override baseFlags = globalFlags;

  protected readonly clock = systemClock;
  #terminal: Terminal | undefined;
  #interrupt: ReturnType<typeof interruptSignal> | undefined;
  #opened: Opened | undefined;
  #report: RunReport | undefined;
  #traces: Traces | undefined;
  #span: Span | undefined;
  #tracedProgress: Progress | undefined;
  readonly #beganAt = this.clock.now();
  #envNoted = false;
  #usedNoted = false;

  protected abstract execute(): Promise<void>;

  /** Streams, styles and progress. Reads raw arguments, because parsing itself may fail. */
  protected get terminal(): Terminal {
    const options = { noColor: this.#has('--no-color'), verbose: this.#verbose, command: this.#words };
    this.#terminal ??= new Terminal(options);
    return this.#terminal;
  }

  /** `reconcile schedule` */
  get #words(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  /** Aborted by Ctrl-C and SIGTERM. */
  protected get signal(): AbortSignal {
    this.#interrupt ??= interruptSignal();
    return this.#interrupt.signal;
  }

  /** The variables of the process. */
  protected get environment(): Environment {
    return process.env;
  }

  /** Ports that most use cases need. */
  protected get ports() {
    const { clock, signal, logger, tracer } = this;
    return { clock, signal, logger, tracer, progress: this.#tracedProgress ?? this.terminal.progress };
  }

  /** Runs an operation on connectors, and records it in the history. */
  protected async operate<Report extends OperationReport>(
    operation: Omit<OperationOf, 'dryRun'>,
    flags: OperateFlags,
    run: (options: OperateOptions) => Promise<Report>,
  ): Promise<Report> {
    const [{ recordedOperation }, { operateOptions }] = await Promise.all([
      import('../operate/record.ts'),
      import('./operate-options.ts'),
    ]);
    const options = operateOptions(flags, this.clock, this.signal);
    using _waiting = this.terminal.waiting(`Waiting for ${operation.context}`);
    const ports = { store: () => this.store(), clock: this.clock, logger: this.logger };
    return await recordedOperation({ ...operation, dryRun: flags['dry-run'] ?? false }, () => run(options), ports);
  }

  /** The history of changes and comparisons; closed when the command ends. */
  protected async store(): Promise<Store> {
    return (await this.#root()).store();
  }

  async #root(): Promise<Opened> {
    const { Opened } = await import('./context.ts');
    const { clock, logger, tracer, environment } = this;
    this.#opened ??= new Opened({ clock, logger, tracer, environment });
    return this.#opened;
  }

  protected get logger() {
    return this.terminal.logger;
  }

  async run(): Promise<void> {
    void this.signal;
    const { baseFlags, flags, args } = this.ctor;
    refuseMisread(this.argv, { flags: { ...baseFlags, ...flags }, args }, this.id ?? '');
    if (this.traced !== undefined && wantsTraces(this.environment)) await this.#openTraces();
    if (this.traced === 'run' && this.#traces !== undefined) await this.#executeTraced();
    else await this.execute();
  }

  /** What is a trace, if OpenTelemetry's variables name an endpoint: a run, or parts of one that does not end by itself. */
  protected readonly traced: 'run' | 'parts' | undefined;

  protected get tracer(): Tracer {
    return this.#traces?.tracer ?? silentTracer;
  }

  async #openTraces(): Promise<void> {
    const [{ openTraces }, { tracedProgress }] = await Promise.all([
      import('../traces/otlp.ts'),
      import('../traces/progress.ts'),
    ]);
    try {
      this.#traces = openTraces(this.environment, this.config.version);
    } catch (error) {
      this.logger.warn(`this run is not traced: ${(error as Error).message}`);
    }
    const { OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL } = this.environment;
    const protocol = OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || OTEL_EXPORTER_OTLP_PROTOCOL;
    if (protocol !== undefined && protocol !== '' && protocol !== 'http/protobuf')
      this.logger.warn(`traces are sent by http/protobuf: OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not supported`);
    this.#tracedProgress = tracedProgress(this.terminal.progress, this.tracer);
  }

  async #executeTraced(): Promise<void> {
    const attributes = { 'process.executable.name': this.config.bin, 'process.pid': process.pid };
    await this.tracer.span(`${this.config.bin} ${this.#words}`, attributes, async (span) => {
      this.#span = span;
      try {
        await this.execute();
        const exitCode = Number(process.exitCode ?? EXIT.ok);
        span.set({ 'process.exit.code': exitCode });
        if (exitCode !== EXIT.ok) span.fail(outcomeOf(exitCode));
      } catch (error) {
        span.set({ 'process.exit.code': toSluiceError(error).exitCode });
        throw error;
      }
    });
  }

  /** Traces never change the result. */
  async #endTraces(): Promise<void> {
    const failure = await this.#traces?.end();
    if (failure !== undefined) this.logger.warn(`the traces of this run were not sent: ${failure}`);
  }

  /** Opens what the flags of every command ask for, before the command does anything. */
  protected override async parse<F extends OutputFlags, B extends OutputFlags, A extends OutputArgs>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    const { 'metrics-to': metricsTo }: CommonFlags = parsed.flags;
    if (metricsTo !== undefined) {
      const { RunReport } = await import('./run-report.ts');
      this.#report = new RunReport(metricsTo, this.#words, this.#beganAt);
    }
    return parsed;
  }

  /** Prints one result in the requested format, and sets the exit code. */
  protected async present<Result extends object>(
    result: Result,
    view: AnyView<Result>,
    flags: CommonFlags,
  ): Promise<void> {
    const text = await this.#render(
      result,
      view,
      flags.json ? 'json' : ((flags.output ?? 'table') as Format),
      flags.to !== undefined,
    );
    if (flags.to !== undefined && view.edited && !flags.force) assertFree(flags.to);
    if (flags.to === undefined) this.terminal.write(text);
    else await this.#writeFile(flags.to, text, view.holdsValues === true);
    process.exitCode = view.exitCode?.(result) ?? EXIT.ok;
    this.#report?.add(view.metrics?.(result) ?? []);
  }

  /** Prints one item of a stream: a JSON line, whose type must be given, or a text block. */
  protected emit<Document extends Versioned<object> = never>(
    body: BodyOf<Document>,
    text: string,
    flags: CommonFlags,
  ): void {
    this.terminal.write(
      flags.json || flags.output === 'json' ? visibleJson(JSON.stringify(toDocument(body, []))) : text,
    );
  }

  /** A stream ended by Ctrl-C prints no error, but sets the exit code. */
  protected endInterrupted(): void {
    if (this.signal.reason instanceof SluiceError) process.exitCode = this.signal.reason.exitCode;
  }

  async #render<Result extends object>(
    result: Result,
    view: AnyView<Result>,
    format: Format,
    toFile: boolean,
  ): Promise<string> {
    if (format === 'json' || format === 'yaml') {
      return serialize(toDocument(view.document?.(result) ?? result, this.terminal.warnings), format);
    }
    const form = view.forms?.[format];
    const shown = visibleTree(result);
    if (form) return form(shown, result);
    const text = view.table(shown, toFile ? plainStyle : this.terminal.out);
    const complete = view.prose ? this.pastable(text) : text;
    return view.verbatim || toFile ? complete : this.terminal.wrapped(complete);
  }

  async #writeFile(file: string, text: string, holdsValues: boolean): Promise<void> {
    const ended = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    const hint = 'Check the path given to --to.';
    const { writePrivateFile, writePublicFile } = await import('../files/private-file.ts');
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

  /** Clusters and databases named by flags, environment and sluice.yaml. */
  protected async targets(flags: CommonFlags) {
    const [{ Targets }, { loadEnvironment }, envFiles] = await Promise.all([
      import('../config/targets.ts'),
      import('../secrets/environment.ts'),
      this.envFiles(flags),
    ]);
    return new Targets({
      environment: loadEnvironment(envFiles, this.environment),
      folder: process.cwd(),
      project: flags.project,
      context: flags.context,
      connectUrl: flags['connect-url'],
      onUsed: (context) => {
        if (!this.#usedNoted) this.terminal.note(`Context ${context}, chosen by sluice context use`);
        this.#usedNoted = true;
      },
    });
  }

  /** Env files of this run: those named by flags, else the `.env` beside sluice.yaml, which is noted once. */
  protected async envFiles(flags: CommonFlags): Promise<string[]> {
    if (flags['env-file'] !== undefined) return flags['env-file'];
    const { projectEnvFile } = await import('../config/env-file.ts');
    const found = projectEnvFile(process.cwd(), flags.project);
    if (found === undefined) return [];
    const file = path.relative(process.cwd(), found.file) || found.file;
    if (!this.#envNoted) {
      if (found.trusted) this.terminal.note(`Variables from ${file}`);
      else this.logger.warn(`${file} belongs to another user and was not read; to read it, pass --env-file ${file}`);
    }
    this.#envNoted = true;
    return found.trusted ? [found.file] : [];
  }

  /** Opens the selected context; the signal aborts its calls. */
  protected async connect(flags: CommonFlags, signal: AbortSignal = this.signal): Promise<OpenContext> {
    const targets = await this.targets(flags);
    const context = await targets.context();
    if (this.#report !== undefined) this.#report.context = context.name;
    this.#span?.set({ 'sluice.context': context.name });
    const { namesKey } = await import('./completion/names-key.ts');
    const cluster = await (await this.#root()).cluster(context, signal, await namesKey(targets));
    if (this.warnsOfInterrupted) await this.#warnOfInterrupted(cluster);
    return cluster;
  }

  /** Whether operations that were interrupted on this cluster are a warning; the command that recovers them needs none. */
  protected readonly warnsOfInterrupted: boolean = true;

  async #warnOfInterrupted({ client }: OpenContext): Promise<void> {
    const [{ userFolders }, { interruptedHere }] = await Promise.all([
      import('../config/paths.ts'),
      import('./interrupted.ts'),
    ]);
    for (const message of await interruptedHere(userFolders(this.environment).state, client))
      this.logger.warn(this.pastable(message));
  }

  /** Like `connect`, for commands that change something: asks for confirmation in a protected context. */
  protected async connectToChange(flags: CommonFlags & { confirm?: string | undefined; 'dry-run'?: boolean }) {
    const target = await this.connect(flags);
    if (flags['dry-run']) return target;
    const { guardContext } = await import('./guard.ts');
    await guardContext(target.context, flags.confirm, this.terminal, this.signal);
    return target;
  }

  /**
   * Asks before an operation that changes several connectors, or destroys something, or in a protected context, and says
   * what it will do. A flag can answer.
   * @throws CONTEXT_PROTECTED, CONFIRMATION_REQUIRED
   */
  protected async approve(context: Context, flags: ApprovalFlags, operation: Operation): Promise<void> {
    const { names, destroys = false } = operation;
    const asks = context.protected || destroys || names.length > 1;
    if (flags['dry-run'] || !asks || names.length === 0 || (flags.yes && !context.protected)) return;
    const { operationText, listText } = await import('./guard.ts');
    const list = listText(names);
    if (list !== undefined && this.terminal.canAsk) this.terminal.writeError(`${list}\n`);
    await this.askFor(operationText(operation), context, flags);
  }

  /** The question: for the name of a protected context, or for a yes. @param change `restart orders-sink` */
  protected async askFor(change: string, context: Context, flags: ApprovalFlags): Promise<void> {
    if (!context.protected)
      return this.confirm(`${change[0]?.toUpperCase()}${change.slice(1)} on ${context.name}?`, '--yes');
    const { guardContext } = await import('./guard.ts');
    await guardContext(context, flags.confirm, this.terminal, this.signal, change);
  }

  /** Opens the selected context and finds the connectors that an operation is for. @throws if none is selected */
  protected async connectAndSelect(
    verb: Parameters<typeof refuseKind>[0],
    args: { names?: string[] | undefined },
    flags: CommonFlags & Omit<Selection, 'names'>,
  ): Promise<Selected & { cluster: OpenContext }> {
    const [{ assertSelection, selectConnectors }, { refuseKind }] = await Promise.all([
      import('../connect/selection.ts'),
      import('./refuse-kind.ts'),
    ]);
    const { all = false, type, class: ofClass, state } = flags;
    const selection = { names: args.names ?? [], all, type, class: ofClass, state };
    assertSelection(selection, verb);
    const cluster = await this.connect(flags);
    await refuseKind(verb, selection.names, cluster.client);
    return { cluster, ...(await selectConnectors(cluster.client, selection)) };
  }

  /**
   * Of several URLs, the first worker that answers, and only that one: log levels are each worker's own.
   * @param urls others than those of the context
   */
  protected async worker(
    { context }: OpenContext,
    signal: AbortSignal = this.signal,
    urls: readonly string[] = context.urls,
  ): Promise<OpenContext> {
    const root = await this.#root();
    for (const [index, url] of urls.entries()) {
      const worker = await root.cluster({ ...context, urls: [url] }, signal);
      try {
        await worker.client.server();
        return worker;
      } catch (error) {
        const isAway = error instanceof SluiceError && error.code === 'CONNECT_UNREACHABLE';
        if (!isAway || index === urls.length - 1) throw error;
      }
    }
    throw new SluiceError('CONTEXT_MISSING', 'the context has no URL');
  }

  /** Warns of what was begun from here for a while and has not ended. A failure to look is no reason to show nothing else. */
  protected async remind(cluster: OpenContext): Promise<void> {
    for (const text of await this.#reminders(cluster)) this.logger.warn(this.pastable(text));
  }

  /** What was begun from here and has not ended, interrupted or overdue, each with the command that ends it. */
  protected async unfinished(cluster: OpenContext): Promise<string[]> {
    const [{ userFolders }, { interruptedHere }] = await Promise.all([
      import('../config/paths.ts'),
      import('./interrupted.ts'),
    ]);
    const interrupted = await interruptedHere(userFolders(this.environment).state, cluster.client);
    return [...interrupted, ...(await this.#reminders(cluster))];
  }

  async #reminders(cluster: OpenContext): Promise<string[]> {
    try {
      const store = await this.store();
      if (!store.exists) return [];
      const { reminders } = await import('../operate/reminders.ts');
      const { context, client } = cluster;
      // A worker that is away must not hold up what was asked for.
      const signal = AbortSignal.any([this.signal, AbortSignal.timeout(REMIND_MS)]);
      const clientAt = async (url: string) => (await this.worker(cluster, signal, [url])).client;
      return await reminders(store, { urls: context.urls, client, clientAt }, this.clock.now());
    } catch (error) {
      this.logger.debug(`open windows were not looked up: ${(error as Error).message}`);
      return [];
    }
  }

  /**
   * For a protected context that was not confirmed by a flag: a question that first shows what would change.
   * @throws CONTEXT_PROTECTED at once, if nobody can be asked
   */
  protected async changesQuestion<Planned extends object>(
    context: Context,
    flags: { confirm?: string | undefined; 'dry-run'?: boolean },
    text: (planned: Planned, style: Style) => string,
  ): Promise<((planned: Planned) => Promise<void>) | undefined> {
    if (flags['dry-run'] || !context.protected) return undefined;
    const { guardContext } = await import('./guard.ts');
    const guard = () => guardContext(context, flags.confirm, this.terminal, this.signal);
    if (flags.confirm !== undefined || !this.terminal.canAsk) {
      await guard();
      return undefined;
    }
    return async (planned) => {
      this.terminal.writeError(`${text(visibleTree(planned), this.terminal.err)}\n`);
      await guard();
    };
  }

  /** Shows what a patch changes, then asks; undefined if nothing needs to be asked. @throws as `changesQuestion` */
  protected async patchQuestion(
    context: Context,
    flags: ApprovalFlags,
    verb: string,
    text: (planned: DeployReport, style: Style) => string,
  ) {
    if (context.protected || flags['dry-run']) return this.changesQuestion(context, flags, text);
    if (flags.yes) return undefined;
    return async (planned: DeployReport) => {
      const names = planned.results.filter(({ action }) => action === 'update').map(({ name }) => name);
      if (names.length === 0) return;
      if (this.terminal.canAsk) this.terminal.writeError(`${text(visibleTree(planned), this.terminal.err)}\n`);
      await this.confirm(`${verb} ${firstNames(names, 5)} on ${context.name}?`, '--yes');
    };
  }

  /** Asks before something irreversible; without a terminal, throws an error that names the flag. */
  protected async confirm(question: string, flag: string): Promise<void> {
    if (!this.terminal.canAsk) {
      throw new SluiceError('CONFIRMATION_REQUIRED', `${question} Cannot ask: this is not a terminal.`, {
        hint: `To confirm, pass ${flag}.`,
      });
    }
    const { confirm } = await import('@inquirer/prompts');
    const message = questionText(question);
    const yes = await answer(confirm({ message, default: false }, { output: process.stderr, signal: this.signal }));
    if (!yes) throw new SluiceError('CONFIRMATION_REQUIRED', 'not confirmed; nothing was done');
  }

  /** Like `confirm`, for deletions not named on the command line: each name must be typed. */
  protected async confirmNames(names: readonly string[], where: string, flag: string): Promise<void> {
    if (!this.terminal.canAsk) {
      throw new SluiceError(
        'CONFIRMATION_REQUIRED',
        `Delete ${names.join(', ')} on ${where}? Cannot ask: this is not a terminal.`,
        { hint: `To confirm, pass ${flag}.` },
      );
    }
    const { input } = await import('@inquirer/prompts');
    for (const name of names) {
      const message = questionText(`${name} will be deleted on ${where}. Type its name to continue:`);
      const typed = await answer(input({ message }, { output: process.stderr, signal: this.signal }));
      if (typed.trim() !== name) throw new SluiceError('CONFIRMATION_REQUIRED', 'not confirmed; nothing was done');
    }
  }

  protected override async catch(error: Error & { oclif?: { exit?: number } }): Promise<void> {
    if (isClosedPipe(error)) return;
    // oclif ends `--help` and `--version` with an exit "error".
    if ((error as { code?: string }).code === 'EEXIT') throw error;
    const cause = this.signal.aborted && !(error instanceof SluiceError) ? this.signal.reason : error;
    const translated = translateFailure(cause, this.id ?? '');
    const other = await this.#otherWord(translated);
    const failure = withHint(translated, (hint) => this.pastable(other ?? hint));
    printFailure(failure, this.terminal, this.#verbose);
    const format = this.#documentFormat();
    if (format) this.terminal.write(await serialize(toFailureDocument(failure, this.terminal.warnings), format));
    process.exitCode = failure.exitCode;
  }

  /** A hint, where a word of another tool was taken for the name of a connector. */
  async #otherWord(failure: SluiceError): Promise<string | undefined> {
    if (failure.code !== 'CONNECTOR_NOT_FOUND') return undefined;
    const { nounHint } = await import('./noun-hint.ts');
    return nounHint(failure, [...(this.id ?? '').split(':'), ...this.#ownArguments()], knownCommands(this.config));
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await this.#opened?.[Symbol.asyncDispose]();
    const { logger, environment } = this;
    await this.#report?.send(Number(process.exitCode ?? EXIT.ok), this.clock.now(), { logger, environment });
    await this.#endTraces();
    this.#interrupt?.dispose();
    await super.finally(error);
  }

  /** Suggested commands, with the flags that say where this one works. */
  protected pastable(text: string): string {
    const commands = knownCommands(this.config);
    const paths = pathsOf(this.argv, commands.get((this.id ?? '').replaceAll(':', ' ')));
    return pastable(text, { flags: placesOf(this.#ownArguments()), paths }, commands);
  }

  /** The requested document format, read from the raw arguments because parsing may have failed. */
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
