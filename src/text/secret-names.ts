import { distance } from 'fastest-levenshtein';

/** A word that ends like this is a secret, however it is put together: `dbpassword`, `accesstoken`, `clientsecret`. */
const ENDINGS = [
  ...['password', 'passwd', 'passwort', 'passphrase', 'passcode', 'secret', 'token', 'apikey', 'secretkey'],
  ...['privatekey', 'accesskey', 'authkey', 'credential', 'pwd'],
];
/** `sig` is what Azure calls the signature that opens a URL. */
const WORDS = new Set(['pass', 'pw', 'psw', 'sas', 'sig', 'salt', 'authorization', 'cookie', 'jaas', 'otp']);
/** Words that are told from what stands before them: `api.key`, but not `message.key.columns`. */
const KINDS_OF_KEY = new Set([
  ...['api', 'access', 'private', 'secret', 'account', 'shared', 'encryption', 'decryption', 'signing', 'master'],
  ...['storage', 'subscription', 'auth', 'keystore', 'service', 'sas', 'license', 'hmac', 'aes', 'rsa', 'ssh'],
]);
const PHRASES = [
  ...['user info', 'userinfo', 'connection string', 'key pem', 'keystore pem', 'key material', 'cipher data keys'],
  ...['amz signature', 'goog signature'],
].map((one) => one.split(' '));
/** Close to one of these is one of these, misspelt; shorter words have too many neighbours that mean something else. */
const SPELT = ['password', 'passphrase', 'passcode', 'secret', 'credential', 'credentials'];
/** Words behind a secret's name that make it the name of something else: where it is, how it is read, how long it lasts. */
const ABOUT = new Set([
  ...['url', 'uri', 'endpoint', 'host', 'port', 'file', 'filename', 'path', 'location', 'dir', 'directory', 'type'],
  ...[
    'provider',
    'providers',
    'class',
    'name',
    'algorithm',
    'enabled',
    'enable',
    'disabled',
    'ttl',
    'expiry',
    'expires',
  ],
  ...['expiration', 'refresh', 'timeout', 'ms', 'seconds', 'minutes', 'method', 'format', 'version', 'length', 'size'],
  ...[
    'min',
    'max',
    'count',
    'policy',
    'required',
    'prefix',
    'suffix',
    'issuer',
    'audience',
    'scope',
    'scopes',
    'claim',
  ],
  ...[
    'param',
    'parameter',
    'field',
    'column',
    'encoder',
    'encoding',
    'mode',
    'strategy',
    'factory',
    'callback',
    'handler',
  ],
  ...[
    'through',
    'interval',
    'retries',
    'cache',
    'separator',
    'regex',
    'engine',
    'region',
    'namespace',
    'manager',
    'store',
    'source',
    'params',
  ],
]);

/** What stands before this many characters at a name's end decides nothing. */
const MAX_LENGTH = 200;

/** One bit for each letter, whatever its case; all of them for one that is not ASCII, since its small form may be. */
export function letterBit(code: number): number {
  return code > 127 ? -1 : code > 64 ? 1 << (code & 31) : 0;
}

function lettersOf(text: string): number {
  let letters = 0;
  for (let at = 0; at < text.length; at++) letters |= letterBit(text.charCodeAt(at));
  return letters;
}

/** Of a misspelt word so many letters may be missing, but not the first. */
const SPELT_LETTERS = Int32Array.from(SPELT, lettersOf);
const SPELT_FIRST = Int32Array.from(SPELT, (one) => letterBit(one.charCodeAt(0)));
const SPELT_MISSING = Int32Array.from(SPELT, (one) => Math.floor(one.length / 4));
/** Letters that a name has in which anything else is found. */
const NEEDED = Int32Array.from(
  new Set(
    [...ENDINGS, ...WORDS, 'key', ...PHRASES.map((one) => one.join(''))]
      .map(lettersOf)
      .sort((a, b) => count(a) - count(b))
      // Who has all letters of a longer word has those of a shorter one, too.
      .filter((one, index, all) => !all.slice(0, index).some((less) => (one & less) === less)),
  ),
);

/** How many bits are set. */
function count(bits: number): number {
  let sums = bits - ((bits >>> 1) & 0x55555555);
  sums = (sums & 0x33333333) + ((sums >>> 2) & 0x33333333);
  return Math.imul((sums + (sums >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The names before, by their letters: a text is mostly made of a few. */
const SEEN = new Int32Array(256);
const SEEN_VERDICTS = new Uint8Array(256);

/** False where a name with these letters cannot be a secret's: a quick look before `isSecretName`. */
export function mayBeSecretName(letters: number): boolean {
  const slot = Math.imul(letters, 0x9e3779b1) >>> 24;
  if (SEEN[slot] !== letters) {
    SEEN_VERDICTS[slot] = hasLettersOfSecret(letters) ? 1 : 0;
    SEEN[slot] = letters;
  }
  return SEEN_VERDICTS[slot] === 1;
}

function hasLettersOfSecret(letters: number): boolean {
  for (let at = 0; at < NEEDED.length; at++) {
    const needed = NEEDED[at] ?? 0;
    if ((letters & needed) === needed) return true;
  }
  for (let at = 0; at < SPELT_LETTERS.length; at++) {
    if ((letters & (SPELT_FIRST[at] ?? 0)) === 0) continue;
    if (count((SPELT_LETTERS[at] ?? 0) & ~letters) <= (SPELT_MISSING[at] ?? 0)) return true;
  }
  return false;
}

/**
 * Whether a key's name says that its value is a secret: `database.password`, `aws.secret.access.key`, `apiKey`,
 * `client_secret`, and misspelt ones such as `database.pasword`. What a plugin types PASSWORD is known from its schema.
 */
export function isSecretName(key: string): boolean {
  return mayBeSecretName(lettersOf(key)) && saysSecret(key);
}

/** The same for a name that `mayBeSecretName` has let pass. */
export function saysSecret(key: string): boolean {
  return judge(wordsOf(key.length > MAX_LENGTH ? key.slice(-MAX_LENGTH) : key));
}

const NOT_ASCII = /[^\0-\x7f]/;

/** `aws.secretAccessKey_2` is `aws`, `secret`, `access`, `key`. */
export function wordsOf(key: string): string[] {
  // Rare, and ten times as slow.
  if (NOT_ASCII.test(key)) return wordsOfAny(key);
  const small = key.toLowerCase();
  const words: string[] = [];
  let start = -1;
  let before = 0;
  let now = kindOf(key.charCodeAt(0));
  for (let at = 0; at <= key.length; at++) {
    const next = kindOf(key.charCodeAt(at + 1));
    const isBreak =
      now === 0 || (now === UPPER && (before === LOWER || before === DIGIT || (before === UPPER && next === LOWER)));
    if (isBreak && start >= 0) {
      let end = at;
      // Without the digits at its end.
      while (end > start && kindOf(key.charCodeAt(end - 1)) === DIGIT) end -= 1;
      if (end > start) words.push(small.slice(start, end));
      start = -1;
    }
    if (start < 0 && now !== 0) start = at;
    before = now;
    now = next;
  }
  return words;
}

const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;

const KINDS = new Uint8Array(128);
KINDS.fill(LOWER, 97, 123);
KINDS.fill(UPPER, 65, 91);
KINDS.fill(DIGIT, 48, 58);

/** Of ASCII, or of the place behind a text's end. */
function kindOf(code: number): number {
  return code < 128 ? (KINDS[code] ?? 0) : 0;
}

function wordsOfAny(key: string): string[] {
  return key
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .map((word) => word.replace(/(?<=\p{L})\d+$/u, ''))
    .filter((word) => word !== '' && !/^\d+$/.test(word));
}

function judge(words: readonly string[]): boolean {
  let last = words.length - 1;
  while (last >= 0 && !isSecretWord(words, last)) last -= 1;
  if (last < 0) return false;
  // `access.key.id` is public, `secret.id` is half of a login.
  if (last < words.length - 1 && words.at(-1) === 'id' && words[last] !== 'secret') return false;
  for (let at = last + 1; at < words.length; at++) if (ABOUT.has(words[at] ?? '')) return false;
  return true;
}

function isSecretWord(words: readonly string[], at: number): boolean {
  const word = words[at] ?? '';
  if (WORDS.has(word)) return true;
  const { length } = word;
  const end = word.charCodeAt(length - 1) === LETTER_S ? length - 1 : length;
  for (const ending of ENDINGS_BY_LAST[word.charCodeAt(end - 1) & 31] ?? [])
    if (word.endsWith(ending, end)) return true;
  if (end === 3 && word.startsWith('key') && KINDS_OF_KEY.has(words[at - 1] ?? '')) return true;
  for (const phrase of PHRASES_BY_LAST.get(word) ?? []) if (endsWith(words, at, phrase)) return true;
  if (length < 5) return false;
  for (const one of SPELT) if (word.charCodeAt(0) === one.charCodeAt(0) && isNear(word, one)) return true;
  return false;
}

const LETTER_S = 115;
const ENDINGS_BY_LAST: string[][] = [];
for (const one of ENDINGS) {
  const last = one.charCodeAt(one.length - 1) & 31;
  ENDINGS_BY_LAST[last] = [...(ENDINGS_BY_LAST[last] ?? []), one];
}
const PHRASES_BY_LAST = Map.groupBy(PHRASES, (one) => one.at(-1) ?? '');

function endsWith(words: readonly string[], at: number, phrase: readonly string[]): boolean {
  for (let back = 0; back < phrase.length; back++)
    if (words[at - back] !== phrase[phrase.length - 1 - back]) return false;
  return true;
}

/** One letter in four may be wrong, or two neighbours may have changed places. */
function isNear(word: string, right: string): boolean {
  const most = Math.floor(right.length / 4);
  if (Math.abs(word.length - right.length) > most) return false;
  const letters = lettersOf(right);
  const own = lettersOf(word);
  if (count(letters & ~own) > most) return false;
  const wrong = distance(word, right);
  return wrong <= most || (wrong === 2 && word.length === right.length && own === letters);
}
