import { nearest } from '../text/nearest.ts';

/** What other tools call a command: kubectl, kcctl, terraform, gh. The longest match counts. */
export const OTHER_WORDS: Record<string, string> = {
  apply: 'deploy',
  check: 'validate',
  compare: 'reconcile',
  connectors: 'status',
  'connectors list': 'status',
  contexts: 'config show',
  completion: 'autocomplete',
  create: 'deploy',
  'config get-contexts': 'config show',
  describe: 'status',
  'describe connector': 'status',
  'describe connectors': 'status',
  'describe plugin': 'schemas show',
  diff: 'plan',
  doctor: 'preflight',
  down: 'sandbox down',
  get: 'status',
  'get connector': 'status',
  'get connectors': 'status',
  'get contexts': 'config show',
  'get plugins': 'schemas list',
  'get tasks': 'status',
  'list connectors': 'status',
  'list plugins': 'schemas list',
  'plugins list': 'schemas list',
  health: 'status',
  import: 'export',
  info: 'version',
  lint: 'validate',
  list: 'status',
  logs: 'sandbox logs',
  ls: 'status',
  monitor: 'status --watch',
  patch: 'deploy',
  plugins: 'schemas list',
  ps: 'status',
  remove: 'delete',
  repair: 'reconcile --repair sql',
  rm: 'delete',
  start: 'resume',
  sync: 'deploy',
  update: 'deploy',
  test: 'preflight',
  top: 'status --watch',
  up: 'sandbox up',
  verify: 'reconcile',
};

export interface Suggestion {
  /** The words that are not a command, without what follows them. */
  unknown: string;
  /** A command line that works, without `sluice`. */
  meant: string | undefined;
  /** True if another tool has this name for the command. */
  renamed: boolean;
}

/**
 * The command that was probably meant.
 * @param words as typed, up to the first flag
 * @param known every command and topic, in words
 */
export function suggestCommand(words: readonly string[], known: readonly string[]): Suggestion {
  for (let count = Math.min(words.length, 2); count > 0; count--) {
    const unknown = words.slice(0, count).join(' ');
    if (!Object.hasOwn(OTHER_WORDS, unknown)) continue;
    return { unknown, meant: [OTHER_WORDS[unknown], ...words.slice(count)].join(' '), renamed: true };
  }
  const typed = words.join(' ');
  const topic = known.includes(words[0] ?? '');
  const unknown = topic ? typed : (words[0] ?? '');
  return { unknown, meant: nearest(typed, known) ?? nearest(unknown, known), renamed: false };
}
