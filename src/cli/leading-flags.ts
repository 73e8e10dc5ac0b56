/** Flags that may come before the command, and whether a value follows. */
const LEADING: Record<string, boolean> = {
  '--connect-url': true,
  '--context': true,
  '--env-file': true,
  '--log-format': true,
  '--no-color': false,
  '--project': true,
  '--verbose': false,
  '-c': true,
  '-v': false,
};

/**
 * Moves flags that come before the command behind it, where the parser expects them: `--context dev status` becomes
 * `status --context dev`. Anything else stays as it is.
 */
export function withoutLeadingFlags(argv: readonly string[]): string[] {
  let at = 0;
  while (at < argv.length) {
    const [name = '', value] = (argv[at] ?? '').split('=', 2);
    if (!Object.hasOwn(LEADING, name)) break;
    at += LEADING[name] && value === undefined ? 2 : 1;
  }
  if (at === 0 || at >= argv.length) return [...argv];
  const rest = argv.slice(at);
  const end = rest.indexOf('--');
  return end < 0 ? [...rest, ...argv.slice(0, at)] : [...rest.slice(0, end), ...argv.slice(0, at), ...rest.slice(end)];
}
