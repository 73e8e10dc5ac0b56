import { redactText } from '../text/redact.ts';

const LONGEST = 400;
/** Above this the dumps in brackets are left out. */
const LONG = 200;

/**
 * The one line of a Java stack trace that says what went wrong: the innermost cause, its class without the package.
 * Connect's own wrappers ("Exiting WorkerSinkTask due to unrecoverable exception.") say nothing.
 */
export function rootCause(trace: string): string {
  const causes = trace.split(/^\s*Caused by: /m);
  const innermost = causes.at(-1) ?? '';
  // A message may run over several lines (PostgreSQL's Detail and Hint); the frames begin where it ends.
  const message = innermost.split(/\n\s*(?:at |\.\.\. \d+ (?:more|common frames))/, 1)[0] ?? '';
  const line = redactText(message.replaceAll(/\s+/g, ' ').trim()).replace(
    /^(?:[a-z_][\w$]*\.)+([A-Z][\w$]*)/,
    (_all, name: string) => name.slice(name.lastIndexOf('$') + 1),
  );
  return shorten(line);
}

/** Debezium prints whole offset contexts and schemas in brackets; what went wrong stands behind them. */
function shorten(text: string): string {
  let line = text;
  for (let before = ''; before !== line && line.length > LONG; ) {
    before = line;
    line = line.replaceAll(/\[[^[\]{}]+\]|\{[^[\]{}]+\}/g, '…');
  }
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
