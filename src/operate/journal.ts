import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ConnectClient } from '../connect/client.ts';
import type { RequestedState } from '../connect/connector.ts';
import { SluiceError } from '../errors/error.ts';
import { removeDurably, writeDurableFile } from '../files/durable-file.ts';
import { isLocked, takeLock } from '../files/lock.ts';
import { readText } from '../files/read-file.ts';
import type { Clock } from '../ports/clock.ts';
import { whoRuns } from '../store/who.ts';
import { compareTexts } from '../text/compare-texts.ts';
import { parseExact } from '../text/exact-json.ts';
import { isoSeconds } from '../text/iso-seconds.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';

/** The state that a connector goes back to. */
export type FormerState = RequestedState;

/**
 * How far an operation has got:
 * - `stopping`: the connector may have been stopped; nothing else has been changed.
 * - `changing`: what the operation changes may have been changed.
 * - `restoring`: it has been changed, and checked; the former state is being restored.
 */
export type Phase = 'stopping' | 'changing' | 'restoring';

/** Where a connector is. */
export interface Place {
  /** Id of the Kafka cluster behind the worker: the same connector, however the worker is reached. */
  cluster: string;
  context: string;
  urls: readonly string[];
}

/** An operation that has begun and not ended. `Plan` is what it needs to be finished or undone: plain JSON. */
export interface Operation<Plan = unknown> {
  version: 1;
  /** Whose `plan` it is, and the command that recovers it: `offsets` for `sluice offsets recover`. */
  kind: string;
  /** In words, for messages: `set the offsets`. */
  what: string;
  connector: string;
  connectorClass: string;
  place: Place;
  /** ISO 8601, UTC. */
  at: string;
  /** user@machine. */
  who: string;
  former: FormerState;
  phase: Phase;
  plan: Plan;
}

type Beginning<Plan> = Omit<Operation<Plan>, 'version' | 'at' | 'who' | 'phase'>;

/** An operation of this process. Nobody else can begin or recover one of the same connector until it is disposed of. */
export class OpenOperation<Plan = unknown> implements Disposable {
  readonly #file: string;
  readonly #lock: Disposable;
  #known: Operation<Plan>;

  constructor(file: string, lock: Disposable, known: Operation<Plan>) {
    this.#file = file;
    this.#lock = lock;
    this.#known = known;
  }

  get known(): Readonly<Operation<Plan>> {
    return this.#known;
  }

  /** Writes down how far it has got, before the next step. @throws FILE_UNWRITABLE; the step must not be taken then */
  note(progress: Partial<Pick<Operation<Plan>, 'phase' | 'plan' | 'former'>>): void {
    const next = { ...this.#known, ...progress };
    writeDurableFile(this.#file, textOf(next));
    this.#known = next;
  }

  /** It has ended, one way or the other: there is nothing to recover. */
  finish(): void {
    removeDurably(this.#file);
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }
}

/** Operations on connectors that must not stay half done, one file for each while it lasts. */
export class Journal {
  readonly #folder: string;
  readonly #clock: Clock;

  /** @param stateFolder of the user */
  constructor(stateFolder: string, clock: Clock) {
    this.#folder = path.join(stateFolder, 'operations');
    this.#clock = clock;
  }

  /**
   * Begins an operation: writes it down, and keeps others from beginning one of the same connector.
   * @param describe called once nobody else can begin one: what it reads of the connector is not of somebody else's operation
   * @throws OPERATION_UNFINISHED if one has not ended, in this process or another
   */
  async begin<Plan>(
    cluster: string,
    connector: string,
    describe: () => Promise<Beginning<Plan>>,
  ): Promise<OpenOperation<Plan>> {
    const file = this.#file(cluster, connector);
    const lock = this.#take(file, connector);
    try {
      const earlier = read(file);
      if (earlier !== undefined) throw unfinished(earlier);
      const beginning = await describe();
      const known: Operation<Plan> = {
        version: 1,
        at: this.#clock.now().toISOString(),
        who: whoRuns(),
        phase: 'stopping',
        ...beginning,
      };
      writeDurableFile(file, textOf(known), { exclusive: true });
      return new OpenOperation(file, lock, known);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Takes over one that was interrupted; undefined if there is none.
   * @param isWhole whether its plan is one that the caller can read
   * @throws OPERATION_UNFINISHED if it still runs, FILE_UNREADABLE
   */
  resume<Plan>(
    cluster: string,
    connector: string,
    isWhole: (known: Operation) => boolean = () => true,
  ): OpenOperation<Plan> | undefined {
    const file = this.#file(cluster, connector);
    if (!existsSync(file)) return undefined;
    const lock = this.#take(file, connector);
    try {
      const known = read(file, isWhole) as Operation<Plan> | undefined;
      if (known !== undefined) return new OpenOperation(file, lock, known);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
    lock[Symbol.dispose]();
    return undefined;
  }

  /** @throws OPERATION_UNFINISHED if there is one; for what only reads, or asks before it begins */
  assertNone(cluster: string, connector: string): void {
    const file = this.#file(cluster, connector);
    const earlier = read(file);
    if (earlier === undefined) return;
    throw isLocked(lockOf(file)) ? running(connector) : unfinished(earlier);
  }

  /** Whether one of the connector has begun and not ended. */
  has(cluster: string, connector: string): boolean {
    return existsSync(this.#file(cluster, connector));
  }

  /** Those that were interrupted, the oldest first; not those that run at this moment, nor what cannot be read. */
  interrupted(): Operation[] {
    return this.#left().operations;
  }

  /** What is wrong with files of operations that cannot be read: nobody knows of which connector they are. */
  unreadable(): SluiceError[] {
    return this.#left().unreadable;
  }

  #left(): { operations: Operation[]; unreadable: SluiceError[] } {
    const left = { operations: [] as Operation[], unreadable: [] as SluiceError[] };
    if (!existsSync(this.#folder)) return left;
    for (const name of readdirSync(this.#folder).filter((one) => one.endsWith('.json'))) {
      const file = path.join(this.#folder, name);
      try {
        const known = read(file);
        if (known !== undefined && !isLocked(lockOf(file))) left.operations.push(known);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        left.unreadable.push(error);
      }
    }
    left.operations.sort((a, b) => compareTexts(a.at, b.at));
    return left;
  }

  #file(cluster: string, connector: string): string {
    const id = createHash('sha256')
      .update(JSON.stringify([cluster, connector]))
      .digest('hex')
      .slice(0, 32);
    return path.join(this.#folder, `${id}.json`);
  }

  #take(file: string, connector: string): Disposable {
    let lock: Disposable | undefined;
    try {
      lock = takeLock(lockOf(file));
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      throw new SluiceError('FILE_UNWRITABLE', `cannot write the journal ${file}: ${(error as Error).message}`, {
        hint: 'Nothing was changed: without a journal nothing is. SLUICE_STATE_DIR moves its folder.',
        cause: error,
      });
    }
    if (lock === undefined) throw running(connector);
    return lock;
  }
}

/** The Kafka cluster, or if the worker does not report it the worker, as the journal knows it. */
export async function clusterOf(client: Pick<ConnectClient, 'server' | 'urls'>): Promise<string> {
  return (await client.server()).kafka_cluster_id || (client.urls[0] ?? '');
}

/** What to say of an operation that was interrupted. */
export function interruptedText({ what, connector, at, who, former }: Operation): string {
  const when = isoSeconds(at);
  return `${who} began to ${what} of "${connector}" at ${when}, and was interrupted; the connector was ${former} before`;
}

/** How to finish or undo it. */
export function recoverCommand({ kind, connector }: Pick<Operation, 'kind' | 'connector'>): string {
  return command(`${kind} recover ${shellWord(connector)}`);
}

const lockOf = (file: string) => file.replace(/\.json$/, '.lock');

const textOf = (operation: Operation) => `${JSON.stringify(operation, null, 2)}\n`;

/** @throws FILE_UNREADABLE */
function read(file: string, isWhole: (known: Operation) => boolean = () => true): Operation | undefined {
  try {
    const known = parseExact(readText(file)) as Partial<Operation> | null;
    if (known?.version !== 1) throw new Error('it is of another version of sluice');
    if (!isOperation(known) || !isWhole(known)) throw new Error('it is damaged');
    return known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SluiceError('FILE_UNREADABLE', `cannot read the journal ${file}: ${(error as Error).message}`, {
      hint: 'It describes an operation that was interrupted: its connector may still be STOPPED. Check the connectors, then move the file away.',
      cause: error,
    });
  }
}

/** Whether it has what every operation has; its plan is the business of those who recover it. */
function isOperation(known: Partial<Operation>): known is Operation {
  const { kind, what, connector, connectorClass, place, at, who, former, phase, plan } = known;
  return (
    [kind, what, connector, connectorClass, at, who, place?.cluster, place?.context].every(
      (one) => typeof one === 'string',
    ) &&
    Array.isArray(place?.urls) &&
    ['RUNNING', 'PAUSED', 'STOPPED'].includes(former ?? '') &&
    ['stopping', 'changing', 'restoring'].includes(phase ?? '') &&
    plan !== undefined
  );
}

function unfinished(earlier: Operation): SluiceError {
  const { connector, kind, at, who, phase } = earlier;
  return new SluiceError('OPERATION_UNFINISHED', interruptedText(earlier), {
    hint: `Finish or undo it first: ${recoverCommand(earlier)}`,
    details: { name: connector, kind, at, who, phase },
  });
}

function running(connector: string): SluiceError {
  return new SluiceError('OPERATION_UNFINISHED', `another sluice is changing "${connector}" at this moment`, {
    hint: 'Wait until it has ended, then run the command again.',
    details: { name: connector },
    retryable: true,
  });
}
