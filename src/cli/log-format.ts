import type { JsonLog } from './views/log.ts';

let chosen: JsonLog | undefined;

/** For all that this process writes to stderr; undefined: text for people. */
export function jsonLog(): JsonLog | undefined {
  return chosen;
}

/**
 * Reads the format from the raw arguments: what goes wrong before a command is found is a line of it, too.
 * @param variable SLUICE_LOG_FORMAT
 */
export async function chooseLogFormat(argv: readonly string[], variable: string | undefined): Promise<void> {
  if (formatIn(argv, variable) === 'json') chosen = (await import('./json-log.ts')).openJsonLog();
}

function formatIn(argv: readonly string[], variable: string | undefined): string | undefined {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const at = own.findLastIndex((argument) => argument === '--log-format' || argument.startsWith('--log-format='));
  if (at < 0) return variable;
  return own[at] === '--log-format' ? own[at + 1] : own[at]?.slice('--log-format='.length);
}
