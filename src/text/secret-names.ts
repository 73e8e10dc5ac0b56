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

/** Of a misspelt word so many letters may be missing. */
const SPELT_LETTERS = SPELT.map((one) => ({ letters: lettersOf(one), missing: Math.floor(one.length / 4) }));
/** Letters that a name has in which anything else is found. */
const NEEDED = [
  ...new Set(
    [...ENDINGS, ...WORDS, 'key', ...PHRASES.map((one) => one.join(''))]
      .map(lettersOf)
      .sort((a, b) => count(a) - count(b))
      // Who has all letters of a longer word has those of a shorter one, too.
      .filter((one, index, all) => !all.slice(0, index).some((less) => (one & less) === less)),
  ),
];

function count(bits: number): number {
  let left = bits;
  let counted = 0;
  for (; left !== 0; counted++) left &= left - 1;
  return counted;
}

/** False where a name with these letters cannot be a secret's: a quick look before `isSecretName`. */
export function mayBeSecretName(letters: number): boolean {
  for (const needed of NEEDED) if ((letters & needed) === needed) return true;
  for (const { letters: all, missing } of SPELT_LETTERS) if (count(all & ~letters) <= missing) return true;
  return false;
}

/**
 * Whether a key's name says that its value is a secret: `database.password`, `aws.secret.access.key`, `apiKey`,
 * `client_secret`, and misspelt ones such as `database.pasword`. What a plugin types PASSWORD is known from its schema.
 */
export function isSecretName(key: string): boolean {
  return mayBeSecretName(lettersOf(key)) && judge(wordsOf(key.length > MAX_LENGTH ? key.slice(-MAX_LENGTH) : key));
}

const NOT_ASCII = /[^\0-\x7f]/;

/** `aws.secretAccessKey_2` is `aws`, `secret`, `access`, `key`. */
export function wordsOf(key: string): string[] {
  // Rare, and ten times as slow.
  if (NOT_ASCII.test(key)) return wordsOfAny(key);
  const words: string[] = [];
  const { length } = key;
  let start = -1;
  let before = 0;
  for (let at = 0; at <= length; at++) {
    const now = at < length ? kindOf(key.charCodeAt(at)) : 0;
    const isBreak =
      now === 0 ||
      (now === UPPER && (before === LOWER || before === DIGIT)) ||
      (now === UPPER && before === UPPER && kindOf(key.charCodeAt(at + 1)) === LOWER);
    if (isBreak && start >= 0) {
      pushWord(words, key, start, at);
      start = -1;
    }
    if (start < 0 && now !== 0) start = at;
    before = now;
  }
  return words;
}

const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return LOWER;
  if (code >= 65 && code <= 90) return UPPER;
  return code >= 48 && code <= 57 ? DIGIT : 0;
}

/** Without the digits at its end. */
function pushWord(words: string[], key: string, start: number, behind: number): void {
  let end = behind;
  while (end > start && kindOf(key.charCodeAt(end - 1)) === DIGIT) end -= 1;
  if (end > start) words.push(key.slice(start, end).toLowerCase());
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
  const singular = word.endsWith('s') ? word.slice(0, -1) : word;
  for (const ending of ENDINGS) if (singular.endsWith(ending)) return true;
  if (singular === 'key' && KINDS_OF_KEY.has(words[at - 1] ?? '')) return true;
  for (const phrase of PHRASES) if (endsWith(words, at, phrase)) return true;
  return word.length >= 5 && SPELT.some((one) => isNear(word, one));
}

function endsWith(words: readonly string[], at: number, phrase: readonly string[]): boolean {
  for (let back = 0; back < phrase.length; back++)
    if (words[at - back] !== phrase[phrase.length - 1 - back]) return false;
  return true;
}

/** One letter in six may be wrong, or two neighbours may have changed places. */
function isNear(word: string, right: string): boolean {
  const most = Math.floor(right.length / 4);
  if (word[0] !== right[0] || Math.abs(word.length - right.length) > most) return false;
  const swapped = [...word].sort().join('') === [...right].sort().join('');
  return distance(word, right) <= Math.max(most, swapped ? 2 : 0);
}
