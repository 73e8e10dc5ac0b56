import type { Socket } from 'node:net';
import type { ErrorFacts } from './error-facts.ts';
import type { Session, SessionOptions } from './session.ts';

/** How a URL asks for an encrypted connection. */
export type TlsSettings =
  /** One parameter of this name; a connector's settings have its value under other names. */
  | { parameter: string }
  /** Properties of these names, in connectors' settings too. */
  | { properties: readonly string[] };

/** What is known of a database system without a session. docs/new-database.md explains how to add one. */
export interface Engine {
  /** Schemes of its URLs, as messages list them; sluice builds URLs with the first. */
  schemes: readonly [string, ...string[]];
  /** Other accepted schemes. */
  otherSchemes?: readonly string[];
  /** Schemes of its JDBC URLs, without `jdbc:`. */
  jdbcSchemes: readonly string[];
  port: number;
  /** A server may have named instances, which are addressed by name instead of by port. */
  instances?: true;
  tls: TlsSettings;
  /** Asks a server for TLS on a connection that was just made, before the handshake; missing if sluice does not know how. */
  beginTls?(socket: Socket): Promise<void>;
  /** How the server stores an unquoted name. */
  unquoted(name: string): string;
  /** The schemas, as written, that a JDBC URL sets for unqualified names. */
  jdbcSearchPath?(url: string): string | undefined;
  /**
   * What one Debezium connector reads: one `database`; several `databases`, each with a log of its own; or the log of the
   * whole `server`, for which no database is named.
   */
  captures: 'database' | 'databases' | 'server';
  /** The facts in an error of this server, without the values that it quotes; undefined for any other error. */
  errorFacts(error: Error): ErrorFacts | undefined;
  /**
   * Opens a session. Only this imports the driver.
   * @param name of the database, for messages
   * @throws DATABASE_UNREACHABLE, DATABASE_UNAUTHORIZED, DATABASE_REJECTED, DATABASE_UNSUPPORTED
   */
  open(url: string, name: string, options: SessionOptions): Promise<Session>;
}
