import { parseDatabaseUrl } from '../../config/database-url.ts';
import type { ErrorCode } from '../../errors/registry.ts';
import { type EngineErrors, lostConnection, translate } from '../failures.ts';
import type { Cells, Statement } from '../model.ts';
import type { ServerFacts, Session, SessionOptions } from '../session.ts';
import { describe, listTables, references, replica, serverFacts } from './catalog.ts';
import { CANCEL_MS, openConnection, settingsOf } from './connection.ts';
import { entraCredential } from './entra.ts';
import { quote, table } from './names.ts';
import { Requests } from './requests.ts';

/** Numbers of sys.messages, and the driver's own codes. */
const CODES: Record<string, ErrorCode> = {
  ELOGIN: 'DATABASE_UNAUTHORIZED',
  EFEDAUTH: 'DATABASE_UNAUTHORIZED',
  '18456': 'DATABASE_UNAUTHORIZED',
  '4060': 'DATABASE_UNAUTHORIZED',
  '229': 'DATABASE_UNAUTHORIZED',
  '230': 'DATABASE_UNAUTHORIZED',
  ECLOSE: 'DATABASE_UNREACHABLE',
  EINVALIDSTATE: 'DATABASE_UNREACHABLE',
  EENCRYPT: 'DATABASE_UNREACHABLE',
  ENOENCRYPTION: 'DATABASE_UNREACHABLE',
  EINSTLOOKUP: 'DATABASE_UNREACHABLE',
  STATEMENT_TIMEOUT: 'TIMED_OUT',
  '1222': 'TIMED_OUT',
};

const HINTS: Record<string, string> = {
  EENCRYPT: 'The server accepts only encrypted connections: remove encrypt=false from the URL.',
  EFEDAUTH:
    'Check the credentials: ActiveDirectoryDefault takes those of the AZURE_… variables, of a managed identity, or of az login.',
  ENOENCRYPTION:
    'The password was not sent. If anyone on the network may see it, add encrypt=false to the URL; otherwise set up TLS on the server.',
};

const ERRORS: EngineErrors = {
  certificate:
    'The certificate is not signed by a known authority; a new server creates its own. Put its file path in NODE_EXTRA_CA_CERTS, or skip the check with trustServerCertificate=true in the URL if nobody can intercept the connection.',
  // A deadlock, and changes that a snapshot or a memory-optimized table does not allow side by side.
  passing: (code) => /^(1205|3960|3961|41301|41302|41305|41325)$/.test(code),
  hint: (code) => HINTS[code],
};

/** How often a statement that only reads is run when it is chosen as the victim of a deadlock. */
const ATTEMPTS = 3;

/** @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_UNSUPPORTED, REQUEST_INVALID; the signal's reason */
export async function openSqlserver(url: string, name: string, options: SessionOptions): Promise<Session> {
  const fail = (error: unknown) => {
    options.signal?.throwIfAborted();
    return translate(withNumber(error), name, (code) => CODES[code], ERRORS);
  };
  const settings = settingsOf(url, options, await entraCredential(parseDatabaseUrl(url), name));
  const connection = await openConnection(settings, options.signal).catch((error) => {
    throw fail(error);
  });
  const { default: tedious } = await import('tedious');
  const requests = new Requests(connection, tedious);
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    options.signal?.throwIfAborted();
    if (requests.lost !== undefined) throw lostConnection(name, requests.lost);
    try {
      return await work();
    } catch (error) {
      throw fail(requests.lost === undefined ? error : lostConnection(name, requests.lost));
    }
  };
  let stopping: Promise<void> | undefined;
  const abort = () => {
    stopping = requests.stop(CANCEL_MS).then(() => requests.close());
  };
  options.signal?.addEventListener('abort', abort, { once: true });

  /** Rows and the numbers of rows of each statement of a batch, which runs in the session itself. */
  const batch = (sql: string, onNamed?: (name: string, cells: Cells) => void) =>
    guarded(async () => {
      let rows = 0;
      let names: readonly string[] = [];
      await requests.run(
        { sql, parameters: [] },
        {
          onColumns(columns) {
            names = columns;
          },
          onRow: (cells) => onNamed?.(names[0] ?? '', cells),
          onDone(count) {
            rows += count ?? 0;
          },
        },
        true,
      );
      return rows;
    });

  let known: ServerFacts | undefined;
  /** Isolation depends on the table that was described last. */
  let memoryOptimized = false;
  const begin = async () => {
    if (options.write) return;
    const isolation = known?.snapshot && !memoryOptimized ? 'SNAPSHOT' : 'READ COMMITTED';
    // SQL Server has no read-only sessions: a write would be rolled back, since nothing is ever committed here.
    const transaction = memoryOptimized ? '' : ' BEGIN TRANSACTION;';
    await batch(`IF @@TRANCOUNT > 0 ROLLBACK; SET TRANSACTION ISOLATION LEVEL ${isolation};${transaction}`);
  };
  /** Without a snapshot a read takes locks and may become a deadlock victim. */
  const reading = async (statement: Statement, onRow: (cells: Cells) => void): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      let rows = 0;
      try {
        await guarded(() =>
          requests.run(statement, {
            onRow(cells) {
              rows += 1;
              onRow(cells);
            },
          }),
        );
        return;
      } catch (error) {
        const again = !options.write && rows === 0 && attempt < ATTEMPTS && isDeadlock(error);
        if (!again) throw error;
        await begin();
      }
    }
  };
  const query = async (statement: Statement | string): Promise<Cells[]> => {
    const rows: Cells[] = [];
    const full = typeof statement === 'string' ? { sql: statement, parameters: [] } : statement;
    await reading(full, (cells) => rows.push(cells));
    return rows;
  };

  const close = async () => {
    options.signal?.removeEventListener('abort', abort);
    // Otherwise an abandoned statement would run to its end.
    await (stopping ?? requests.stop(CANCEL_MS));
    requests.close();
  };
  const facts = await serverFacts(query, name).catch(async (error) => {
    await close();
    throw error;
  });
  known = facts;

  return {
    engine: 'sqlserver',
    quote,
    table,
    get server() {
      return { ...facts, snapshot: facts.snapshot && !memoryOptimized };
    },
    query,
    snapshot: begin,
    // A table that was altered since a snapshot began is an error in it (3961).
    hold: async () => true,
    each: reading,
    async *stream(statement) {
      options.signal?.throwIfAborted();
      if (requests.lost !== undefined) throw lostConnection(name, requests.lost);
      try {
        yield* requests.stream(statement);
      } catch (error) {
        throw fail(requests.lost === undefined ? error : lostConnection(name, requests.lost));
      }
    },
    tables: () => listTables(query),
    async describe(wanted) {
      const table = await describe(query, wanted, name);
      memoryOptimized = table.kind === 'memory-optimized table';
      return table;
    },
    execute: (sql) => batch(sql),
    async executeAll(statements) {
      const counts = new Map<number, number>();
      if (statements.length === 0) return [];
      await batch(counted(statements), (column, [count]) => {
        const [, index] = COUNT.exec(column) ?? [];
        if (index !== undefined) counts.set(Number(index), Number(count));
      });
      return statements.map((_, index) => counts.get(index) ?? 0);
    },
    references: (name) => references(query, name, table(name)),
    replica: () => replica(query),
    close,
  };
}

const COUNT = /^sluice_rows_(\d+)$/;

/** Identities are written between these; each of them resets the number of rows to 0. */
const IDENTITY = /^(SET IDENTITY_INSERT .+? ON;)(.*)(SET IDENTITY_INSERT .+? OFF;)$/s;

/**
 * The statements as one batch that returns the rows each one affected: a trigger may count, and even select, too.
 * Pure.
 */
export function counted(statements: readonly string[]): string {
  return statements
    .map((statement, index) => {
      const count = `SELECT @@ROWCOUNT AS sluice_rows_${index};`;
      const [, before, written, after] = IDENTITY.exec(statement) ?? [];
      return written === undefined ? `${statement}\n${count}` : `${before}${written}\n${count} ${after}`;
    })
    .join('\n');
}

function isDeadlock(error: unknown): boolean {
  return String((error as { details?: Record<string, unknown> }).details?.['code']) === '1205';
}

/** The server's number is more specific than the driver's EREQUEST; of several errors the first is the cause. */
function withNumber(error: unknown): unknown {
  // The second says why there is no token.
  if (error instanceof AggregateError && error.errors[0]?.code === 'EFEDAUTH') {
    return coded(new Error(error.errors.map(({ message }) => message).join(' '), { cause: error }), 'EFEDAUTH');
  }
  if (error instanceof AggregateError && isRequestError(error.errors[0])) return withNumber(error.errors[0]);
  if (!(error instanceof Error)) return error;
  const { code, number } = error as { code?: string; number?: number };
  if (code === 'ETIMEOUT' && isRequestError(error)) return coded(error, 'STATEMENT_TIMEOUT');
  return code === 'EREQUEST' && number !== undefined ? coded(error, String(number)) : error;
}

function isRequestError(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'RequestError';
}

function coded(error: Error, code: string): Error {
  return Object.assign(new Error(error.message, { cause: error }), { code });
}
