import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import { makeOwnFolder } from './account.ts';
import { diskFull, isDiskFull } from './disk.ts';
import { indent, startFailure, waitHealthy } from './health.ts';
import { withLock } from './lock.ts';
import { PORTS_OF, partOf, STOP_SIGNAL, TITLES } from './parts/all.ts';
import type { Part, Site } from './parts/part.ts';
import type { Ports } from './ports.ts';
import { launch, type RunningProcess, send, stopProcess } from './processes.ts';
import { type ProgramSpec, runProgram } from './programs.ts';
import { type SandboxPart, type SandboxRecord, writeSandboxRecord } from './record.ts';
import { portsFor, portsLock } from './site.ts';

export interface StarterOptions {
  record: SandboxRecord;
  /** Undefined where nothing has to be started. */
  site: Omit<Site, 'ports'> | undefined;
  stateFolder: string;
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
}

const GRACE_MS = 10_000;
const PORT_ATTEMPTS = 5;

/** Starts parts side by side and waits for them; stops what it started again where one fails. */
export class Starter {
  readonly #options: StarterOptions;
  readonly #started = new Map<SandboxPart, RunningProcess>();
  /** Aborted by the first part that fails, so that the others need not be waited for. */
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #deadline: number;

  constructor(options: StarterOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#failed.signal]);
    this.#deadline = options.clock.now().getTime() + options.timeoutMs;
  }

  /** @param missing those of `parts` that do not run; the others are waited for. */
  async start(parts: readonly SandboxPart[], missing: ReadonlySet<SandboxPart>): Promise<void> {
    // A second Ctrl-C ends this process at once: then nothing is asked, and nothing is left running either.
    const killAll = () => {
      for (const running of this.#started.values()) send(running, 'SIGKILL');
    };
    process.on('exit', killAll);
    const broker = Promise.withResolvers<void>();
    broker.promise.catch(() => {});
    const bring = async (part: SandboxPart, update: (detail: string) => void): Promise<string> => {
      // A worker whose broker does not answer yet would spend its start on waiting and complaining.
      if (part === 'worker') {
        update('waits for the broker');
        await broker.promise;
        update('starts');
      }
      const detail = missing.has(part) ? await this.#start(part) : await this.#wait(part);
      if (part === 'broker') broker.resolve();
      return detail;
    };
    try {
      await this.#options.progress.all(
        parts.map((part) => ({
          title: TITLES[part],
          run: (update) =>
            bring(part, update).then(update, (error: unknown) => {
              broker.reject(error);
              this.#failed.abort(error);
              throw error;
            }),
        })),
      );
    } catch (error) {
      await this.#stopStarted();
      // Parts that stopped waiting only repeat the first failure, or the interruption.
      this.#options.signal.throwIfAborted();
      throw this.#failed.signal.reason ?? error;
    } finally {
      process.off('exit', killAll);
    }
  }

  async #wait(part: SandboxPart): Promise<string> {
    const detail = await waitHealthy(part, { ...this.#options, deadline: this.#deadline, signal: this.#signal });
    // Another `up` started it, and ended before it would have moved it.
    if (detail !== undefined) return detail;
    throw startFailure(part, 'runs without a port that it needs', this.#options.record.parts[part]?.log ?? '');
  }

  async #start(name: SandboxPart): Promise<string> {
    await this.#prepare(name, partOf(name, this.#site()));
    for (let attempt = 1; ; attempt += 1) {
      const part = partOf(name, this.#site());
      const spec = part.launch();
      const running = await launch(spec);
      this.#started.set(name, running);
      this.#options.record.parts[name] = { ...running, address: part.address, log: spec.log };
      this.#save();
      const detail = await waitHealthy(name, { ...this.#options, deadline: this.#deadline, signal: this.#signal });
      if (detail !== undefined) return detail;
      if (attempt === PORT_ATTEMPTS) throw startFailure(name, 'found its port taken again and again', spec.log);
      await this.#moveOn(name, running);
    }
  }

  #site(): Site {
    const { site, record } = this.#options;
    if (site === undefined) throw new Error('a part is started without a site');
    return { ...site, ports: record.ports as Ports };
  }

  /** Fills the part's data folder under another name first: what an interruption leaves is not taken for whole. */
  async #prepare(name: SandboxPart, { data }: Part): Promise<void> {
    if (data === undefined || existsSync(data.folder)) return;
    const partial = `${data.folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    makeOwnFolder(partial, data.account);
    try {
      await data.prepare(partial, (spec) => this.#runTool(spec, name));
      renameSync(partial, data.folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }

  async #runTool(spec: ProgramSpec, name: SandboxPart): Promise<void> {
    const { code, output } = await runProgram(spec, this.#signal).catch((error: unknown) => {
      this.#signal.throwIfAborted();
      throw new SluiceError('SANDBOX_START', `cannot run ${spec.command}: ${(error as Error).message}`, {
        cause: error,
      });
    });
    if (code === 0) return;
    const last = output.slice(-12);
    if (isDiskFull(last.join('\n'))) throw diskFull(path.dirname(spec.cwd));
    throw new SluiceError('SANDBOX_START', `the ${TITLES[name]} cannot be set up\n${indent(last)}`);
  }

  /** Another program took the port between the choice and the start: the part moves to the next free one. */
  async #moveOn(name: SandboxPart, running: RunningProcess): Promise<void> {
    const { record, stateFolder, clock } = this.#options;
    await stopProcess(running, STOP_SIGNAL[name], GRACE_MS, clock);
    await withLock(portsLock(stateFolder), { clock, signal: this.#signal }, async () => {
      const all = Object.keys(record.ports as Ports) as (keyof Ports)[];
      const moving = new Set(PORTS_OF[name]);
      record.ports = await portsFor(stateFolder, record, new Set(all.filter((one) => !moving.has(one))));
      this.#save();
    });
  }

  async #stopStarted(): Promise<void> {
    const { record, clock } = this.#options;
    await Promise.all(
      [...this.#started].map(async ([name, running]) => {
        await stopProcess(running, STOP_SIGNAL[name], GRACE_MS, clock);
        delete record.parts[name];
      }),
    );
    this.#started.clear();
    try {
      this.#save();
    } catch {
      // A full disk may be what is being cleaned up after; pids that are gone do no harm in the record.
    }
  }

  #save(): void {
    writeSandboxRecord(this.#options.stateFolder, this.#options.record);
  }
}
