import { redactKnown } from '../text/redact.ts';

const MAX_LENGTH = 400;
/** Above this, dumps in brackets are removed. */
const LONG = 200;
/** Longer messages are data dumps; the rest is ignored. */
const MAX_MESSAGE = 50_000;
/** Depth up to which nested brackets are removed. */
const MAX_DEPTH = 20;

/**
 * The line of a Java stack trace that says what went wrong: the innermost cause, its class without the package.
 * Connect's own wrappers ("Exiting WorkerSinkTask due to unrecoverable exception.") say nothing.
 */
export function rootCause(trace: string, secrets: Iterable<string> = []): string {
  const causes = trace.split(/^[ \t]{0,20}Caused by: /m);
  const innermost = causes.at(-1) ?? '';
  // A message may run over several lines (PostgreSQL's Detail and Hint); the frames begin where it ends.
  const message = innermost.split(/\n[ \t]{0,20}(?:at |\.\.\. \d{1,9} (?:more|common frames))/, 1)[0] ?? '';
  const text = redactKnown(message.replaceAll(/\s+/g, ' ').trim(), secrets).slice(0, MAX_MESSAGE);
  const line = text.replace(/^(?:[a-z_][\w$]{0,100}\.){1,20}([A-Z][\w$]*)/, (_all, name: string) =>
    name.slice(name.lastIndexOf('$') + 1),
  );
  return shorten(line);
}

/** Debezium prints whole offset contexts and schemas in brackets before the actual cause. */
function shorten(text: string): string {
  let line = text;
  for (let depth = 0; depth < MAX_DEPTH && line.length > LONG; depth++) {
    const before = line;
    line = line.replaceAll(/\[[^[\]{}]+\]|\{[^[\]{}]+\}/g, '…');
    if (line === before) break;
  }
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}
