import { SELECTABLE_STATES } from '../../connect/states.ts';
import { LEVELS } from '../../operate/log-levels.ts';

/** What completion reads of oclif's manifest. */
export interface CompletionManifest {
  commands: Record<string, ManifestCommand>;
}

interface ManifestCommand {
  hidden?: boolean;
  summary?: string;
  args: Record<string, { name: string; multiple?: boolean; options?: readonly string[]; hidden?: boolean }>;
  flags: Record<string, ManifestFlag>;
}

interface ManifestFlag {
  name: string;
  char?: string;
  type: 'boolean' | 'option';
  description?: string;
  helpValue?: string;
  options?: readonly string[];
  multiple?: boolean;
  hidden?: boolean;
  allowNo?: boolean;
}

/** What a word may be the name of, besides the choices in the manifest. */
export type Kind =
  | 'classes'
  | 'connectors'
  | 'contexts'
  | 'databases'
  | 'files'
  | 'pairs'
  | 'placeholders'
  | 'rules'
  | 'sandboxes'
  | 'tables'
  | 'templates';

/** What has been typed before the word that is completed. */
export interface Typed {
  /** Id of the command; undefined if there is none yet. */
  command: string | undefined;
  args: readonly string[];
  flags: ReadonlyMap<string, readonly string[]>;
}

export interface Candidate {
  value: string;
  about?: string;
  /** More may follow: no blank after it. */
  open?: boolean;
}

/** Where names come from. @param prefix of the word that is completed */
export type Names = (kind: Kind, typed: Typed, prefix: string) => Promise<readonly (string | Candidate)[]>;

const ARGS: Record<string, Kind | readonly string[]> = {
  class: 'classes',
  component: ['broker', 'worker', 'source', 'target', 'mariadb'],
  connector: 'connectors',
  folder: 'files',
  id: 'rules',
  level: LEVELS,
  name: 'connectors',
  names: 'connectors',
  pair: 'pairs',
  paths: 'files',
  report: 'files',
  sink: 'connectors',
  source: 'connectors',
  table: 'tables',
  windows: 'connectors',
};

/** What `NAME` is, if not a connector: by the first word of the command. */
const NAMED: Record<string, Kind> = { context: 'contexts', template: 'templates' };

const FLAGS: Record<string, Kind | readonly string[]> = {
  class: 'classes',
  confirm: 'contexts',
  connector: 'connectors',
  context: 'contexts',
  exclude: 'connectors',
  file: 'files',
  level: LEVELS,
  name: 'sandboxes',
  only: 'connectors',
  pair: 'pairs',
  'send-masked': 'connectors',
  set: 'placeholders',
  source: 'databases',
  state: SELECTABLE_STATES,
  target: 'databases',
  template: 'templates',
};

/** Values that are files, by how help calls them. */
const FILES = new Set(['FILE', 'DIR']);

/** Flags whose value is a list with commas. */
const LISTS = new Set(['state']);

/** A command whose flags may precede every command. */
const ANY = 'status';
const LEADING = new Set(['connect-url', 'context', 'env-file', 'no-color', 'project', 'verbose']);

/**
 * What the last of the words may become.
 * @param words after the program's name; the last one is what is being typed, and may be empty
 */
export async function complete(
  words: readonly string[],
  manifest: CompletionManifest,
  names: Names,
): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  const line = new Line(manifest);
  for (const word of words.slice(0, -1)) line.read(word);
  const found = await candidates(line, current, names);
  return [...new Map(found.map((one) => [one.value, one])).values()]
    .filter(({ value }) => value.startsWith(current) && value !== '' && !isHidden(value))
    .sort((a, b) => (a.value < b.value ? -1 : Number(a.value > b.value)));
}

/** Line ends and what terminals act on: no shell could show such a name, and some would run what follows. */
function isHidden(value: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value);
}

async function candidates(line: Line, current: string, names: Names): Promise<Candidate[]> {
  const { pending } = line;
  if (pending !== undefined) return ofFlag(pending, line, current, names);
  if (!line.onlyArgs) {
    const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
    const flag = name === '' ? undefined : line.flag(`--${name}`);
    if (flag?.type === 'option') {
      const prefix = `--${name}=`;
      const found = await ofFlag(flag, line, value, names);
      return found.map((one) => ({ ...one, value: `${prefix}${one.value}` }));
    }
    if (current.startsWith('-')) return line.unusedFlags();
  }
  return [...line.nextWords(), ...(await ofArg(line, current, names))];
}

async function ofFlag(flag: ManifestFlag, line: Line, value: string, names: Names): Promise<Candidate[]> {
  const source = flag.options ?? (FILES.has(flag.helpValue ?? '') ? 'files' : FLAGS[flag.name]);
  if (!LISTS.has(flag.name))
    return (await resolved(source, line, value, names)).filter((one) => !one.value.startsWith('-'));
  const before = value.slice(0, value.lastIndexOf(',') + 1);
  const rest = await resolved(source, line, value.slice(before.length), names);
  return rest.map((one) => ({ ...one, value: `${before}${one.value}` }));
}

async function ofArg(line: Line, current: string, names: Names): Promise<Candidate[]> {
  const { command, args } = line;
  if (command === undefined) return [];
  if (command === 'help') return line.wordsAfter(args);
  const defined = Object.values(line.manifest.commands[command]?.args ?? {}).filter(({ hidden }) => !hidden);
  const last = defined.at(-1);
  const arg = defined[args.length] ?? (last?.multiple ? last : undefined);
  if (arg === undefined) return [];
  const [topic = ''] = command.split(':');
  const source = arg.options ?? (arg.name === 'name' ? NAMED[topic] : undefined) ?? ARGS[arg.name];
  const found = await resolved(source, line, current, names);
  // A name that looks like a flag would be read as one.
  return found.filter(({ value }) => !args.includes(value) && (line.onlyArgs || !value.startsWith('-')));
}

async function resolved(
  source: Kind | readonly string[] | undefined,
  line: Line,
  prefix: string,
  names: Names,
): Promise<Candidate[]> {
  if (source === undefined) return [];
  const found = typeof source === 'string' ? await names(source, line, prefix) : source;
  return found.map((one) => (typeof one === 'string' ? { value: one } : one));
}

/** The words before the one that is completed, read one after the other. */
class Line implements Typed {
  readonly manifest: CompletionManifest;
  readonly args: string[] = [];
  readonly flags = new Map<string, string[]>();
  /** A flag whose value comes next. */
  pending: ManifestFlag | undefined;
  /** After `--`. */
  onlyArgs = false;
  readonly #path: string[] = [];

  constructor(manifest: CompletionManifest) {
    this.manifest = manifest;
  }

  get command(): string | undefined {
    const id = this.#path.join(':');
    return Object.hasOwn(this.manifest.commands, id) ? id : undefined;
  }

  read(word: string): void {
    if (this.pending !== undefined) {
      this.#give(this.pending, word);
      this.pending = undefined;
    } else if (this.onlyArgs) this.args.push(word);
    else if (word === '--') this.onlyArgs = true;
    else if (word.startsWith('-') && word !== '-') this.#readFlag(word);
    else if (this.args.length === 0 && this.#leads([...this.#path, word])) this.#path.push(word);
    else this.args.push(word);
  }

  #readFlag(word: string): void {
    const [name = '', ...value] = word.split('=');
    const flag = this.flag(name);
    if (flag === undefined) return;
    if (flag.type === 'boolean') this.#give(flag, '');
    else if (value.length > 0) this.#give(flag, value.join('='));
    else this.pending = flag;
  }

  #give(flag: ManifestFlag, value: string): void {
    this.flags.set(flag.name, [...(this.flags.get(flag.name) ?? []), value]);
  }

  #leads(path: readonly string[]): boolean {
    const id = path.join(':');
    return this.#ids().some((one) => one === id || one.startsWith(`${id}:`));
  }

  #ids(): string[] {
    return Object.keys(this.manifest.commands).filter((id) => this.manifest.commands[id]?.hidden !== true);
  }

  /** @param typed `--context`, `-c` */
  flag(typed: string): ManifestFlag | undefined {
    const name = typed.startsWith('--') ? typed.slice(2) : undefined;
    const positive = name?.replace(/^no-/, '');
    return this.#known().find((one) =>
      name === undefined
        ? one.char === typed.slice(1)
        : one.name === name || (one.allowNo === true && one.name === positive),
    );
  }

  #known(): ManifestFlag[] {
    const all = Object.values(this.manifest.commands[this.command ?? ANY]?.flags ?? {});
    return all.filter(({ name, hidden }) => hidden !== true && (this.command !== undefined || LEADING.has(name)));
  }

  unusedFlags(): Candidate[] {
    const unused = this.#known().filter(({ name, multiple }) => multiple === true || !this.flags.has(name));
    return [
      ...unused.flatMap(({ name, description, allowNo }) => [
        { value: `--${name}`, about: firstSentence(description) },
        ...(allowNo === true ? [{ value: `--no-${name}`, about: '' }] : []),
      ]),
      { value: '--help', about: 'Show help.' },
    ];
  }

  nextWords(): Candidate[] {
    return this.args.length > 0 || this.onlyArgs ? [] : this.wordsAfter(this.#path);
  }

  /** Commands and topics that may follow. */
  wordsAfter(path: readonly string[]): Candidate[] {
    const prefix = path.map((word) => `${word}:`).join('');
    const next = new Map<string, string>();
    for (const id of this.#ids().filter((one) => one.startsWith(prefix))) {
      const [word = '', ...more] = id.slice(prefix.length).split(':');
      if (more.length === 0) next.set(word, firstSentence(this.manifest.commands[id]?.summary));
      else if (!next.has(word)) next.set(word, '');
    }
    return [...next].map(([value, about]) => ({ value, about }));
  }
}

function firstSentence(text = ''): string {
  return text.replace(/(?<=[.;:])\s[\s\S]*$/, '').replace(/[.;:]$/, '');
}
