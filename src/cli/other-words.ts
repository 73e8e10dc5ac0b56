import { looksLikePath } from '../connectors/paths.ts';
import { SluiceError } from '../errors/error.ts';
import { nearest } from '../text/nearest.ts';
import { shellWord } from '../text/shell.ts';
import { placesOf } from './pastable.ts';

/** What happens to the typed arguments. */
type Takes =
  /** Names of connectors. */
  | 'names'
  /** Files; anything that is not a path is the name of a connector. */
  | 'files'
  /** Only files. */
  | 'paths'
  /** Of any kind. */
  | 'words'
  | 'nothing';

interface Other {
  /** Sluice's own command. */
  to: string;
  takes: Takes;
  /** It needs an argument; without one, its help is suggested. */
  needs?: true;
  /** For the argument, if there is one. */
  flag?: string;
}

const STATUS: Other = { to: 'status', takes: 'names' };
const DEPLOY: Other = { to: 'deploy', takes: 'files' };
const PLAN: Other = { to: 'plan', takes: 'files' };
const VALIDATE: Other = { to: 'validate', takes: 'paths' };
const DELETE: Other = { to: 'delete', takes: 'names', needs: true };
const CONTEXTS: Other = { to: 'config show', takes: 'nothing' };
const PLUGINS: Other = { to: 'schemas list', takes: 'nothing' };
/** Sluice has no such command. */
const HELP: Other = { to: 'help', takes: 'nothing' };
const RECONCILE: Other = { to: 'reconcile', takes: 'names', needs: true, flag: '--connector' };

/** What other tools call a command: kubectl, kcctl, confluent, terraform, gh. The longest match counts. */
export const OTHER_WORDS: Record<string, Other> = {
  apply: DEPLOY,
  check: VALIDATE,
  compare: RECONCILE,
  completion: { to: 'autocomplete', takes: 'words' },
  connectors: STATUS,
  'connectors list': STATUS,
  contexts: CONTEXTS,
  'config current-context': CONTEXTS,
  'config get-contexts': CONTEXTS,
  'config use-context': { to: 'config show', takes: 'words', needs: true, flag: '--context' },
  'config view': CONTEXTS,
  create: DEPLOY,
  describe: STATUS,
  'describe plugin': { to: 'schemas show', takes: 'words', needs: true },
  destroy: DELETE,
  diff: PLAN,
  doctor: { to: 'preflight', takes: 'paths' },
  down: { to: 'sandbox down', takes: 'nothing' },
  edit: DEPLOY,
  fmt: { to: 'validate --fix', takes: 'paths' },
  get: STATUS,
  'get context': CONTEXTS,
  'get contexts': CONTEXTS,
  'get logger': HELP,
  'get loggers': HELP,
  'get plugin': PLUGINS,
  'get plugins': PLUGINS,
  'get topic': HELP,
  'get topics': HELP,
  health: STATUS,
  import: { to: 'export', takes: 'names' },
  info: { to: 'version', takes: 'nothing' },
  lint: VALIDATE,
  list: STATUS,
  'list plugins': PLUGINS,
  logs: STATUS,
  ls: STATUS,
  monitor: { to: 'status --watch', takes: 'names' },
  offsets: STATUS,
  patch: DEPLOY,
  plugins: PLUGINS,
  'plugins list': PLUGINS,
  ps: STATUS,
  remove: DELETE,
  repair: { ...RECONCILE, to: 'reconcile --repair sql' },
  replace: DEPLOY,
  rm: DELETE,
  show: STATUS,
  start: { to: 'resume', takes: 'names', needs: true },
  sync: DEPLOY,
  tasks: STATUS,
  test: { to: 'preflight', takes: 'paths' },
  top: { to: 'status --watch', takes: 'names' },
  up: { to: 'sandbox up', takes: 'nothing' },
  update: DEPLOY,
  verify: RECONCILE,
};

/** What kubectl and kcctl put before a name. */
const KIND = /^(?:connectors?|kafkaconnectors?|kctr|offsets?|tasks?)(?:\/(?=.)|$)/;

/** What other tools put before the name of what they change. */
const KIND_ELSEWHERE = /^(?:connectors?|groups?|loggers?|offsets?|plugins?|tasks?|topics?)$/;

const DONE = { delete: 'deleted', pause: 'paused', restart: 'restarted', resume: 'resumed', stop: 'stopped' };

/**
 * Refuses `delete offsets NAME` and `restart task NAME 0`, as another tool would have them, before anything is changed:
 * the words would be taken for names, and the whole connector deleted or restarted.
 */
export async function refuseKind(
  verb: keyof typeof DONE,
  [kind = '', ...names]: readonly string[],
  client: { list(): Promise<readonly string[]> },
): Promise<void> {
  if (names.length === 0 || !KIND_ELSEWHERE.test(kind) || (await client.list()).includes(kind)) return;
  const command = (words: readonly string[]) => `sluice ${verb} ${words.map(shellWord).join(' ')}`;
  const [, name, task] = /^task/.test(kind) ? (/^(.+)[/ ](\d+)$/.exec(names.join(' ')) ?? []) : [];
  const hint =
    verb === 'restart' && name !== undefined && task !== undefined
      ? `To restart the task: ${command([name, '--task', task])}`
      : `To ${verb} the ${names.length === 1 ? 'connector' : 'connectors'}: ${command(names)}`;
  throw new SluiceError('USAGE', `"${kind}" is not the name of a connector, and only connectors are ${DONE[verb]}`, {
    hint,
  });
}

/** Components of the sandbox, whose logs have their own command. */
const COMPONENT = /^(?:broker|worker|source|target|mariadb)$/;

const FILE_FLAGS = new Set(['-f', '--filename', '--file', '--config-file', '--config']);

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
 * @param flags what follows the words
 */
export function suggestCommand(
  words: readonly string[],
  known: readonly string[],
  flags: readonly string[] = [],
): Suggestion {
  for (let count = Math.min(words.length, 2); count > 0; count--) {
    const [typed, rest] = [words.slice(0, count).join(' '), words.slice(count)];
    if (!Object.hasOwn(OTHER_WORDS, typed)) continue;
    const kind = count === 1 && rest[0] !== undefined && rest[0].replace(KIND, '') === '' ? ` ${rest[0]}` : '';
    const meant = inOurWords(typed, OTHER_WORDS[typed] as Other, rest, flags);
    return { unknown: `${typed}${kind}`, meant, renamed: true };
  }
  const typed = words.join(' ');
  const topic = known.includes(words[0] ?? '');
  const unknown = topic ? typed : (words[0] ?? '');
  return { unknown, meant: nearest(typed, known) ?? nearest(unknown, known), renamed: false };
}

function inOurWords(typed: string, other: Other, words: readonly string[], flags: readonly string[]): string {
  const places = placesOf(flags).flatMap(([flag, value]) => [flag, shellWord(value)]);
  if (typed === 'logs' && (words.length === 0 || COMPONENT.test(words[0] ?? '')))
    return ['sandbox logs', ...words.slice(0, 1)].join(' ');
  const taken = argumentsOf(other, words, flags);
  const nothing = other.needs && taken.length === 0;
  return [other.to, ...taken, ...(nothing ? ['--help'] : places)].join(' ');
}

function argumentsOf({ takes, flag }: Other, words: readonly string[], flags: readonly string[]): string[] {
  const names = words.map((word) => word.replace(KIND, '')).filter((word) => word !== '');
  const files = filesIn(flags);
  const quoted = (all: readonly string[]) => all.map(shellWord);
  switch (takes) {
    case 'nothing':
      return [];
    case 'words':
    case 'names': {
      const taken = quoted(takes === 'words' ? words : names);
      return flag === undefined || taken[0] === undefined ? taken : [flag, taken[0]];
    }
    case 'paths':
      return quoted([...names.filter(looksLikePath), ...files]);
    case 'files':
      return [
        ...quoted([...names.filter(looksLikePath), ...files]),
        ...names.filter((name) => !looksLikePath(name)).flatMap((name) => ['--only', shellWord(name)]),
      ];
  }
}

/** The files that flags name, as in `-f connector.json`. */
function filesIn(flags: readonly string[]): string[] {
  return flags.flatMap((argument, at) => {
    const [name = '', ...value] = argument.split('=');
    if (!FILE_FLAGS.has(name)) return [];
    return value.length > 0 ? [value.join('=')] : flags.slice(at + 1, at + 2);
  });
}
