import type { Connection, Request } from 'tedious';
import type { Cells, Statement } from '../model.ts';

/** Rows in a batch, and the most that wait in memory while the consumer is busy. */
const BATCH = 1024;
const MAX_WAITING = 4 * BATCH;

interface Listeners {
  /** Names of a result's columns, before its rows. */
  onColumns?: (names: readonly string[]) => void;
  onRow?: (row: Cells) => void;
  /** The end of a statement of the batch itself, not of a trigger's: the rows that it affected, if the server counts them. */
  onDone?: (rows: number | undefined) => void;
  /** The request itself, to hold it back or to cancel it. */
  onStart?: (request: Request) => void;
}

/** One connection, whose requests run one after another. It is never replaced, since settings and transactions belong to it. */
export class Requests {
  readonly #connection: Connection;
  readonly #tedious: typeof import('tedious');
  #last: Promise<unknown> = Promise.resolve();
  #running: Request | undefined;
  #lost: Error | undefined;

  constructor(connection: Connection, tedious: typeof import('tedious')) {
    this.#connection = connection;
    this.#tedious = tedious;
    connection.on('error', (error) => {
      this.#lost ??= error;
    });
    connection.on('end', () => {
      this.#lost ??= new Error('the server closed it');
    });
  }

  /** Why the connection was lost; undefined while it works. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** @param batch sent unchanged, in the session itself; otherwise as a parametrized statement */
  run({ sql, parameters }: Statement, listeners: Listeners = {}, batch = false): Promise<void> {
    const run = this.#last.then(() => this.#start({ sql, parameters }, listeners, batch));
    this.#last = run.catch(() => {});
    return run;
  }

  #start({ sql, parameters }: Statement, listeners: Listeners, batch: boolean): Promise<void> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const { Request: TediousRequest, TYPES } = this.#tedious;
    return new Promise((resolve, reject) => {
      const request = new TediousRequest(sql, (error) => {
        this.#running = undefined;
        if (error) reject(error);
        else resolve();
      });
      for (const [index, value] of parameters.entries()) {
        // One declared length for most values, so that the server can reuse its plan.
        const length = String(value ?? '').length > 4000 ? Number.POSITIVE_INFINITY : 4000;
        request.addParameter(`p${index + 1}`, TYPES.NVarChar, value ?? null, { length });
      }
      const { onColumns, onRow, onDone, onStart } = listeners;
      if (onColumns !== undefined)
        request.on('columnMetadata', (columns) =>
          onColumns((columns as { colName: string }[]).map((one) => one.colName)),
        );
      if (onRow !== undefined) request.on('row', (row: { value: unknown }[]) => onRow(row.map(toCell)));
      if (onDone !== undefined) request.on('done', onDone);
      this.#running = request;
      onStart?.(request);
      if (batch) this.#connection.execSqlBatch(request);
      else this.#connection.execSql(request);
    });
  }

  /** Rows in batches; pauses the server while they are not consumed, and stops it once no more are wanted. */
  async *stream(statement: Statement): AsyncGenerator<Cells[]> {
    const waiting: Cells[] = [];
    let request: Request | undefined;
    let failure: unknown;
    let state = 'running' as 'running' | 'ended' | 'unwanted';
    let wake = () => {};
    const over = this.run(statement, {
      onStart(started) {
        request = started;
        if (state === 'unwanted') request.cancel();
      },
      onRow(row) {
        waiting.push(row);
        if (waiting.length >= MAX_WAITING) request?.pause();
        if (waiting.length >= BATCH) wake();
      },
    })
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        if (state === 'running') state = 'ended';
        wake();
      });
    try {
      for (;;) {
        if (state === 'running' && waiting.length < BATCH) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const rows = waiting.splice(0, BATCH);
        if (request?.paused && waiting.length < BATCH) request.resume();
        if (rows.length > 0) yield rows;
        else if (state === 'ended') break;
      }
      if (failure !== undefined) throw failure;
    } finally {
      if (state === 'running') {
        state = 'unwanted';
        request?.cancel();
        await over;
      }
    }
  }

  /** Asks the server to stop the running statement and waits for it, up to a time limit. Nothing runs after it. */
  async stop(withinMs: number): Promise<void> {
    const request = this.#running;
    const lost = this.#lost;
    this.#lost ??= new Error('it was interrupted');
    if (request === undefined || lost !== undefined) return;
    request.cancel();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#last, patience]);
    clearTimeout(timer);
  }

  close(): void {
    this.#lost ??= new Error('it was closed');
    this.#connection.close();
  }
}

function toCell({ value }: { value: unknown }): string | null {
  return value === null || value === undefined ? null : String(value);
}
