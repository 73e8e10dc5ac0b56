import type { Connection, ResponseParser, Writer } from '@platformatic/kafka';

/**
 * A connection that sends the library's requests with a payload, or reads their responses with a reader, of our own. The
 * library goes on choosing the broker, the version and the headers, and tries again.
 */
export function sentOver(
  connection: Connection,
  own: { write?: (version: number) => Writer; read?: ResponseParser<unknown> },
): Connection {
  const send: Connection['send'] = (apiKey, version, write, read, ...more) =>
    connection.send(
      apiKey,
      version,
      own.write === undefined ? write : () => (own.write as (version: number) => Writer)(version),
      (own.read ?? read) as typeof read,
      ...more,
    );
  return { send } as Connection;
}
