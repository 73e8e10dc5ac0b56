import { looksLikePath } from '../files/path-words.ts';
import { nearest } from '../text/nearest.ts';
import { shellWord } from '../text/shell.ts';
import { LOOKS, type Missing, NOUNS, OTHER_WORDS, type Other, SETS, TOPIC_WORDS, WATCH } from './other-words.ts';
import { hidesSecret, type KnownCommand, type KnownCommands, placesOf } from './pastable.ts';
import { taskIn } from './refuse-kind.ts';
import { FILE_FLAGS, isNamespace, nameIn, wordsAmong } from './typed-words.ts';
import { ourFlag } from './usage-errors.ts';

/** What kubectl and kcctl put before a name. */
const KIND = /^(?:connectors?|kafkaconnectors?|kctr|offsets?|tasks?)(?:\/(?=.)|$)/;

/** What other tools put before their commands for connectors. */
const TOOL = new Set(['connect', 'kafka', 'kafka-connect']);

/** Components of the sandbox, whose logs have their own command. */
const COMPONENT = /^(?:broker|worker|source|target|mariadb)$/;

/** Flags that may be lost: a command without them does the same to the same connectors. */
const HARMLESS = /^--?(?:n|namespace|auto-approve|force|no-color|o|output|server-side|v|verbose|wait|y|yes)$/;

export interface Suggestion {
  /** The words that are not a command, without what follows them. */
  unknown: string;
  /** A command line that works, without `sluice`. */
  meant: string | undefined;
  /** True if another tool has this name for the command. */
  renamed: boolean;
  /** Why there is nothing like it; `what` says for what `meant` is. */
  lacks?: { why: string; what: string | undefined };
}

export interface Typed {
  commands: KnownCommands;
  /** From the first flag on. */
  flags: readonly string[];
  /** Whether there is a file or folder of this name. */
  exists(word: string): boolean;
}

/** What the words of another tool mean: a command, and the arguments for it. */
interface Found {
  other: Other | Missing;
  rest: readonly string[];
  /** How many words are the command itself. */
  count: number;
}

/**
 * The command that was probably meant.
 * @param words as typed, up to the first flag
 */
export function suggestCommand(words: readonly string[], typed: Typed): Suggestion {
  const all = [...words, ...wordsAmong(typed.flags, words, typed)];
  const tools = all.findIndex((word, at) => !TOOL.has(word) || at === all.length - 1);
  const own = all.slice(tools);
  const found = inTopic(own, typed.commands) ?? ofNoun(own, typed) ?? ofVerb(own);
  if (found === undefined) return misspelt(words, [...typed.commands.keys()]);
  const { other, rest, count } = found;
  const unknown = all.slice(0, all.length - own.length + count).join(' ');
  if (!('lacks' in other)) return { unknown, meant: inOurWords(other, rest, typed), renamed: true };
  const meant = other.see && inOurWords(other.see[1], rest, typed);
  return { unknown, meant, renamed: true, lacks: { why: other.lacks, what: other.see?.[0] } };
}

function misspelt(words: readonly string[], commands: readonly string[]): Suggestion {
  const known = [...commands, ...commands.map((name) => name.split(' ', 1)[0] ?? '')];
  const typed = words.join(' ');
  const unknown = known.includes(words[0] ?? '') ? typed : (words[0] ?? '');
  return { unknown, meant: nearest(typed, known) ?? nearest(unknown, known), renamed: false };
}

/** `sandbox start`, `templates`: another word for a topic, or for a command of it. */
function inTopic([first = '', second, ...rest]: readonly string[], commands: KnownCommands): Found | undefined {
  const names = [...commands.keys()];
  const topic = names
    .map((name) => name.split(' ', 1)[0] ?? '')
    .find((name) => singular(name) === singular(first) && !commands.has(name));
  if (topic === undefined) return undefined;
  const inside = names.filter((name) => name.startsWith(`${topic} `)).map((name) => name.slice(topic.length + 1));
  const one = (word: string, count: number) => ({ other: ours(`${topic} ${word}`), rest, count });
  if (second === undefined) {
    const whole = inside.find((word) => word === 'list' || word === 'status' || word === 'show');
    return whole === undefined ? undefined : one(whole, 1);
  }
  // `config use-context NAME`, as kubectl and kcctl have it.
  const onContext =
    topic === 'config' && /^(?:([a-z]+)-)?contexts?$/.exec(SETS.has(second) ? `${second}-context` : second);
  if (onContext) {
    const { one, several, verbs } = NOUNS['context'] as (typeof NOUNS)[string];
    // `set-context` defines one.
    const verb = onContext[1]?.replace(/^set$/, 'create') ?? '';
    return { other: verbs?.[verb] ?? (rest.length > 0 ? one : several), rest, count: 2 };
  }
  const fitting = inside.filter((word) => word === second || TOPIC_WORDS[word]?.includes(second));
  // With an argument, one is shown.
  const wanted = rest.length > 0 ? /^(?:show|describe)$/ : /^list$/;
  const chosen = fitting.find((word) => wanted.test(word)) ?? fitting[0];
  return chosen === undefined ? undefined : one(chosen, 2);
}

/** `get connectors`, `connector pause NAME`, `plugins`: a thing, and perhaps what to do with it. */
function ofNoun(words: readonly string[], { commands, exists }: Typed): Found | undefined {
  const isVerb = (word: string) =>
    LOOKS.has(word) || SETS.has(word) || commands.has(word) || Object.hasOwn(OTHER_WORDS, word);
  const at = isVerb(words[0] ?? '') ? 1 : 0;
  const kind = singular(words[at] ?? '');
  // `lint connectors` may be about the folder.
  const isFolder = at === 1 && !LOOKS.has(words[0] ?? '') && exists(words[1] ?? '');
  // `logs worker` is about a component of the sandbox.
  const isLog = at === 1 && /^logs?$/.test(words[0] ?? '');
  if (isFolder || isLog || !Object.hasOwn(NOUNS, kind)) return undefined;
  const verb = isVerb(words[1 - at] ?? '') ? words[1 - at] : undefined;
  const count = verb === undefined ? 1 : 2;
  const rest = words.slice(count);
  const noun = NOUNS[kind] as (typeof NOUNS)[string];
  const thing = { other: rest.length > 0 ? noun.one : noun.several, rest, count };
  // Only `describe` is a command for a connector that looks, too.
  if ('lacks' in noun.one || verb === undefined || (LOOKS.has(verb) && verb !== 'describe')) return thing;
  if (noun.one !== NOUNS['connector']?.one) return { ...thing, other: noun.verbs?.[verb] ?? thing.other };
  const task = verb === 'restart' && kind === 'task' ? taskIn(rest) : undefined;
  if (task !== undefined) return { other: ours('restart'), rest: [task.name, '--task', task.task], count };
  const known = commands.get(verb);
  const ofFiles = known?.flags.has('only') ? 'files' : 'paths';
  const other: Other | Missing | undefined =
    known === undefined ? OTHER_WORDS[verb] : { to: verb, takes: known.takesPaths ? ofFiles : 'names', needs: true };
  return { ...thing, other: other ?? thing.other };
}

function ofVerb([verb = '', ...rest]: readonly string[]): Found | undefined {
  const other = Object.hasOwn(OTHER_WORDS, verb) ? OTHER_WORDS[verb] : undefined;
  if (other === undefined) return undefined;
  const ofPart = /^logs?$/.test(verb) && (rest.length === 0 || COMPONENT.test(rest[0] ?? ''));
  return { other: ofPart ? ours('sandbox logs') : other, rest, count: 1 };
}

function ours(to: string): Other {
  return { to, takes: 'words' };
}

function singular(word: string): string {
  return word.replace(/s$/, '');
}

function inOurWords(named: Other, words: readonly string[], typed: Typed): string {
  const other = named.to === 'list' && typed.flags.some((flag) => /^(?:-w|--watch)$/.test(flag)) ? WATCH : named;
  const known = typed.commands.get(other.to.replace(/ --.*$/, ''));
  const takesNone = other.flag === undefined && known?.takesArguments === false;
  const taken = takesNone ? [] : argumentsOf(other, words, typed);
  const given = new Set([...other.to.split(' '), ...(taken.length > 0 ? [other.flag] : [])]);
  const { kept, lost } = known === undefined ? { kept: [], lost: false } : keptFlags(typed, known, given);
  // Without what is lost, it might change more than was meant.
  const wider = lost && taken.length === 0 && !kept.includes('--only') && known?.flags.has('dry-run') === true;
  if (wider || (other.needs && taken.length === 0 && !kept.includes('--all'))) return `${other.to} --help`;
  return [other.to, ...taken, ...kept].join(' ');
}

function argumentsOf({ takes, flag }: Other, words: readonly string[], { flags, exists }: Typed): string[] {
  const isPath = (word: string) => exists(word) || looksLikePath(word);
  const ofFiles = takes === 'files' || takes === 'paths';
  const names = words
    .map((word) => (ofFiles && exists(word) ? word : word.replace(KIND, '')))
    .filter((word) => word !== '');
  const paths = [...names.filter(isPath), ...filesIn(flags)].map(shellWord);
  switch (takes) {
    case 'nothing':
      return [];
    case 'words':
    case 'names': {
      const taken = (takes === 'words' ? words : names).map(shellWord);
      return flag === undefined || taken[0] === undefined ? taken : [flag, taken[0]];
    }
    case 'paths':
      return paths;
    case 'files':
      return [...paths, ...names.filter((name) => !isPath(name)).flatMap((name) => ['--only', shellWord(name)])];
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

/** The flags that the command has, too: without its `--dry-run`, a command would change something. */
function keptFlags(
  { flags, commands, exists }: Typed,
  command: KnownCommand,
  given: ReadonlySet<string | undefined>,
): { kept: string[]; lost: boolean } {
  const { flags: known } = command;
  const places = placesOf(flags).filter(([flag]) => known.has(flag.slice(2)) && !given.has(flag));
  const kept = places.flatMap(([flag, value]) => [flag, shellWord(value)]);
  let lost = false;
  wordsAmong(flags, [], { commands, exists }, () => {
    lost = true;
  });
  for (const [at, argument] of flags.entries()) {
    const [typed = '', ...rest] = argument.split('=');
    if (!/^-./.test(typed) || isNamespace(flags, at, exists)) continue;
    if (FILE_FLAGS.has(typed) && nameIn(command, typed) === undefined) continue;
    const name = nameIn(command, typed) ?? ourFlag(typed, known)?.slice(2) ?? '';
    const flag = known.get(name);
    if (kept.includes(`--${name}`) || given.has(`--${name}`)) continue;
    const value = rest.length > 0 ? rest.join('=') : flags[at + 1];
    if (flag === undefined) lost ||= !HARMLESS.test(typed);
    else if (!flag.takesValue)
      kept.push(...(rest.length > 0 && /^(?:false|none)$/.test(value ?? '') ? [] : [`--${name}`]));
    else if (value !== undefined && !hidesSecret(value) && (flag.options?.includes(value) ?? true))
      kept.push(`--${name}`, shellWord(value));
    else lost ||= !HARMLESS.test(typed);
  }
  return { kept, lost };
}
