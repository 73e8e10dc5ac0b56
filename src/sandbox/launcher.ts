import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type SandboxComponent, type SandboxRecord, writeSandboxRecord } from '../config/sandbox-record.ts';
import { SluiceError } from '../errors/error.ts';
import { withLock } from '../files/lock.ts';
import type { Clock } from '../ports/clock.ts';
import type { Progress } from '../ports/progress.ts';
import { makeOwnFolder } from './account.ts';
import { componentOf, PORTS_OF, STOP_SIGNAL, TITLES } from './components/all.ts';
import type { Component, Layout } from './components/component.ts';
import { diskFull, isDiskFull } from './disk.ts';
import { indent, startFailure, waitHealthy } from './health.ts';
import { portsFor, portsLock } from './layout.ts';
import type { Ports } from './ports.ts';
import { launch, type RunningProcess, send, stopProcess } from './processes.ts';
import { type ProgramSpec, runProgram } from './programs.ts';

export interface LauncherOptions {
  record: SandboxRecord;
  /** Undefined if nothing needs to be started. */
  layout: Omit<Layout, 'ports'> | undefined;
  stateFolder: string;
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
  progress: Progress;
}

const GRACE_MS = 10_000;
const PORT_ATTEMPTS = 5;

/** Starts components in parallel and waits for them; if one fails, stops those it started. */
export class Launcher {
  readonly #options: LauncherOptions;
  readonly #started = new Map<SandboxComponent, RunningProcess>();
  /** Aborted by the first component that fails: the others are not waited for. */
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #deadline: number;

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#failed.signal]);
    this.#deadline = options.clock.now().getTime() + options.timeoutMs;
  }

  /** @param missing those of `components` that do not run; it waits for the others */
  async start(components: readonly SandboxComponent[], missing: ReadonlySet<SandboxComponent>): Promise<void> {
    // A second Ctrl-C ends this process at once: even then nothing may be left running.
    const killAll = () => {
      for (const running of this.#started.values()) send(running, 'SIGKILL');
    };
    process.on('exit', killAll);
    const broker = Promise.withResolvers<void>();
    broker.promise.catch(() => {});
    const bring = async (component: SandboxComponent, update: (detail: string) => void): Promise<string> => {
      // Without a broker, a worker would only wait and log errors.
      if (component === 'worker') {
        update('waits for the broker');
        await broker.promise;
        update('starts');
      }
      const detail = missing.has(component) ? await this.#start(component) : await this.#wait(component);
      if (component === 'broker') broker.resolve();
      return detail;
    };
    try {
      await this.#options.progress.all(
        components.map((component) => ({
          title: TITLES[component],
          run: (update) =>
            bring(component, update).then(update, (error: unknown) => {
              broker.reject(error);
              this.#failed.abort(error);
              throw error;
            }),
        })),
      );
    } catch (error) {
      await this.#stopStarted();
      // The other components only repeat the first failure, or the interruption.
      this.#options.signal.throwIfAborted();
      throw this.#failed.signal.reason ?? error;
    } finally {
      process.off('exit', killAll);
    }
  }

  async #wait(component: SandboxComponent): Promise<string> {
    const detail = await waitHealthy(component, { ...this.#options, deadline: this.#deadline, signal: this.#signal });
    // Another `up` started it, and ended before moving it to another port.
    if (detail !== undefined) return detail;
    throw startFailure(
      component,
      'runs without a port that it needs',
      this.#options.record.parts[component]?.log ?? '',
    );
  }

  async #start(name: SandboxComponent): Promise<string> {
    await this.#prepare(name, componentOf(name, this.#layout()));
    for (let attempt = 1; ; attempt += 1) {
      const component = componentOf(name, this.#layout());
      const spec = component.launch();
      const running = await launch(spec);
      this.#started.set(name, running);
      this.#options.record.parts[name] = { ...running, address: component.address, log: spec.log };
      this.#save();
      const detail = await waitHealthy(name, { ...this.#options, deadline: this.#deadline, signal: this.#signal });
      if (detail !== undefined) return detail;
      if (attempt === PORT_ATTEMPTS) throw startFailure(name, 'found its port in use repeatedly', spec.log);
      await this.#moveOn(name, running);
    }
  }

  #layout(): Layout {
    const { layout, record } = this.#options;
    if (layout === undefined) throw new Error('a component is started without a layout');
    return { ...layout, ports: record.ports as Ports };
  }

  /** Fills the data folder under another name first: an interrupted one must not pass for complete. */
  async #prepare(name: SandboxComponent, { data }: Component): Promise<void> {
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

  async #runTool(spec: ProgramSpec, name: SandboxComponent): Promise<void> {
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

  /** Another program took the port before the start: move to the next free one. */
  async #moveOn(name: SandboxComponent, running: RunningProcess): Promise<void> {
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
      // The disk may be full; stale pids in the record are harmless.
    }
  }

  #save(): void {
    writeSandboxRecord(this.#options.stateFolder, this.#options.record);
  }
}
