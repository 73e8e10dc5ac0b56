import { existsSync, renameSync, rmSync } from 'node:fs';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import { makeOwnFolder } from './account.ts';
import { diskFull, isDiskFull } from './disk.ts';
import { withLock } from './lock.ts';
import { tail } from './logfile.ts';
import { PORTS_OF, partOf, STOP_SIGNAL } from './parts/all.ts';
import type { Part, Site } from './parts/part.ts';
import { answers, type Ports } from './ports.ts';
import { isSameProcess } from './process-identity.ts';
import { launch, type RunningProcess, send, stopProcess } from './processes.ts';
import { type ProgramSpec, runProgram } from './programs.ts';
import { type SandboxPart, type SandboxRecord, writeSandboxRecord } from './record.ts';
import { portsFor, portsLock } from './site.ts';
import { explain } from './status.ts';

export interface StarterOptions {
  record: SandboxRecord;
  site: Omit<Site, 'ports'>;
  stateFolder: string;
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
}

const POLL_MS = 100;
const GRACE_MS = 10_000;
const PORT_ATTEMPTS = 5;
const PORT_TAKEN = /address (?:is )?already in use|BindException|Failed to bind|could not bind|Bind on TCP/i;

/** Starts parts side by side; stops all of them again where one fails. */
export class Starter {
  readonly #options: StarterOptions;
  readonly #started = new Map<SandboxPart, RunningProcess>();
  /** Aborted by the caller's signal and by the first part that fails. */
  readonly #scope = new AbortController();
  readonly #signal: AbortSignal;
  #deadline = 0;

  constructor(options: StarterOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#scope.signal]);
  }

  async start(parts: readonly SandboxPart[]): Promise<void> {
    const { clock, progress, timeoutMs } = this.#options;
    this.#deadline = clock.now().getTime() + timeoutMs;
    // A second Ctrl-C ends this process at once: then nothing is asked, and nothing left running either.
    const killAll = () => {
      for (const running of this.#started.values()) send(running, 'SIGKILL');
    };
    process.on('exit', killAll);
    try {
      const broker = Promise.withResolvers<void>();
      // The worker waits for it, if it is started at all.
      broker.promise.catch(() => {});
      if (!parts.includes('broker')) broker.resolve();
      await progress.all(
        parts.map((part) => ({
          title: partOf(part, this.#site()).title,
          run: async (update) => {
            try {
              if (part === 'worker') await broker.promise;
              update(await this.#startPart(part, part === 'broker' ? broker.resolve : () => {}));
            } catch (error) {
              broker.reject(error);
              this.#scope.abort(error);
              throw error;
            }
          },
        })),
      );
    } catch (error) {
      await this.#stopStarted();
      // The parts that stopped waiting tell the reason of the first that failed, or of the interruption.
      throw this.#options.signal.aborted ? this.#options.signal.reason : (this.#scope.signal.reason ?? error);
    } finally {
      process.off('exit', killAll);
    }
  }

  #site(): Site {
    return { ...this.#options.site, ports: this.#options.record.ports as Ports };
  }

  async #startPart(name: SandboxPart, onListening: () => void): Promise<string> {
    await this.#prepare(partOf(name, this.#site()));
    for (let attempt = 1; ; attempt += 1) {
      const part = partOf(name, this.#site());
      const spec = part.launch();
      await this.#stopRunning(name);
      this.#signal.throwIfAborted();
      const running = await launch(spec);
      this.#started.set(name, running);
      this.#record(name, { ...running, address: part.address, log: spec.log });
      const outcome = await this.#waitHealthy(part, running, spec.log, onListening);
      if (outcome !== undefined) return outcome;
      if (attempt === PORT_ATTEMPTS) throw this.#failure(part, 'finds its port taken again and again', spec.log);
      await this.#moveOn(name, running);
    }
  }

  /** Fills the part's data folder under another name first: what an interruption leaves is not taken for whole. */
  async #prepare({ data, title }: Part): Promise<void> {
    if (data === undefined || existsSync(data.folder)) return;
    const partial = `${data.folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    makeOwnFolder(partial, data.account);
    try {
      await data.prepare(partial, (spec) => this.#runTool(spec, title));
      renameSync(partial, data.folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }

  async #runTool(spec: ProgramSpec, title: string): Promise<void> {
    const { code, output } = await runProgram(spec, this.#signal).catch((error: unknown) => {
      this.#signal.throwIfAborted();
      throw new SluiceError('SANDBOX_START', `cannot run ${spec.command}: ${(error as Error).message}`, {
        cause: error,
      });
    });
    if (code === 0) return;
    const last = output.slice(-12);
    if (isDiskFull(last.join('\n'))) throw diskFull(spec.cwd);
    throw new SluiceError('SANDBOX_START', `the ${title} cannot be set up:\n${indent(last)}`);
  }

  /** Resolves with what the part says of itself; undefined where another has taken its port. */
  async #waitHealthy(
    part: Part,
    running: RunningProcess,
    log: string,
    onListening: () => void,
  ): Promise<string | undefined> {
    const { clock } = this.#options;
    const port = portOf(part.address);
    let listening = false;
    for (let reason = 'it does not listen yet'; ; ) {
      this.#signal.throwIfAborted();
      if (!isSameProcess(running.pid, running.identity)) {
        if (PORT_TAKEN.test(tail(log, 60).join('\n'))) return undefined;
        throw this.#failure(part, 'ended while it was starting', log);
      }
      listening ||= await answers(port);
      if (listening) {
        try {
          const detail = await part.probe(this.#signal);
          onListening();
          return detail;
        } catch (error) {
          reason = explain(error);
        }
      }
      if (clock.now().getTime() >= this.#deadline) {
        throw new SluiceError(
          'TIMED_OUT',
          `the ${part.title} is not healthy in time: ${reason}\n${this.#logTail(log)}`,
          {
            hint: `Give it longer (--timeout 5m), or read its log: ${log}`,
          },
        );
      }
      await clock.sleep(POLL_MS, this.#signal);
    }
  }

  /** Someone took the port between the choice and the start: the part is moved to the next free one. */
  async #moveOn(name: SandboxPart, running: RunningProcess): Promise<void> {
    const { record, stateFolder, clock } = this.#options;
    await stopProcess(running, STOP_SIGNAL[name], GRACE_MS, clock);
    await withLock(portsLock(stateFolder), { clock, signal: this.#signal }, async () => {
      const all = Object.keys(record.ports as Ports) as (keyof Ports)[];
      const moving = new Set(PORTS_OF[name]);
      record.ports = await portsFor(stateFolder, record, new Set(all.filter((one) => !moving.has(one))));
      writeSandboxRecord(stateFolder, record);
    });
  }

  async #stopRunning(name: SandboxPart): Promise<void> {
    const before = this.#options.record.parts[name];
    if (before) await stopProcess(before, STOP_SIGNAL[name], GRACE_MS, this.#options.clock);
  }

  #record(name: SandboxPart, value: NonNullable<SandboxRecord['parts'][SandboxPart]> | undefined): void {
    const { record, stateFolder } = this.#options;
    if (value === undefined) delete record.parts[name];
    else record.parts[name] = value;
    writeSandboxRecord(stateFolder, record);
  }

  async #stopStarted(): Promise<void> {
    await Promise.all(
      [...this.#started].map(async ([name, running]) => {
        await stopProcess(running, STOP_SIGNAL[name], GRACE_MS, this.#options.clock);
        this.#started.delete(name);
        this.#record(name, undefined);
      }),
    );
  }

  #failure(part: Part, what: string, log: string): SluiceError {
    const lines = tail(log, 60).join('\n');
    if (isDiskFull(lines)) return diskFull(part.data?.folder ?? this.#options.site.folder);
    return new SluiceError('SANDBOX_START', `the ${part.title} ${what}\n${this.#logTail(log)}`, {
      hint: `Its whole log: ${log}`,
    });
  }

  #logTail(log: string): string {
    return indent(tail(log, 12));
  }
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join('\n');
}

function portOf(address: string): number {
  return Number(/:(?<port>\d+)(?:\/\w*)?$/.exec(address)?.groups?.port);
}
