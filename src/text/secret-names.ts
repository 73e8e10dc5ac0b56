import { distance } from 'fastest-levenshtein';

/** A word that ends like this is a secret, however it is put together: `dbpassword`, `accesstoken`, `clientsecret`. */
const ENDINGS =
  /(?:password|passwd|passwort|passphrase|passcode|secret|token|apikey|secretkey|privatekey|accesskey|authkey|credential|pwd)s?$/;
const WORDS = new Set(['pass', 'pw', 'psw', 'sas', 'salt', 'authorization', 'cookie', 'jaas', 'otp']);
/** Words that are told from what stands before them: `api.key`, but not `message.key.columns`. */
const KINDS_OF_KEY = new Set([
  ...['api', 'access', 'private', 'secret', 'account', 'shared', 'encryption', 'decryption', 'signing', 'master'],
  ...['storage', 'subscription', 'auth', 'keystore', 'service', 'sas', 'license', 'hmac', 'aes', 'rsa', 'ssh'],
]);
const PHRASES = ['user info', 'userinfo', 'connection string', 'key pem', 'keystore pem'].map((one) => one.split(' '));
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

const MAX_REMEMBERED = 20_000;
/** What stands before this many characters at a name's end decides nothing. */
const MAX_LENGTH = 200;
const remembered = new Map<string, boolean>();

/** Letters that each short secret word has, as bits. */
const SHORT = ['pw', 'sa', 'otp'].map((letters) =>
  [...letters].reduce((bits, one) => bits | letterBit(one.charCodeAt(0)), 0),
);

/** One bit for each letter, whatever its case. */
export function letterBit(code: number): number {
  return code > 64 ? 1 << (code & 31) : 0;
}

/** False where a name of this length with these letters cannot be a secret's: a quick look before `isSecretName`. */
export function mayBeSecretName(length: number, letters: number): boolean {
  return length > 4 || SHORT.some((bits) => (letters & bits) === bits);
}

/**
 * Whether a key's name says that its value is a secret: `database.password`, `aws.secret.access.key`, `apiKey`,
 * `client_secret`, and misspelt ones such as `database.pasword`. What a plugin types PASSWORD is known from its schema.
 */
export function isSecretName(key: string): boolean {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const verdict = judge(wordsOf(key.length > MAX_LENGTH ? key.slice(-MAX_LENGTH) : key));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(key, verdict);
  return verdict;
}

/** `aws.secretAccessKey_2` is `aws`, `secret`, `access`, `key`. */
export function wordsOf(key: string): string[] {
  return key
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .map((word) => word.replace(/(?<=\p{L})\d+$/u, ''))
    .filter((word) => word !== '' && !/^\d+$/.test(word));
}

function judge(words: readonly string[]): boolean {
  const last = words.findLastIndex((_, at) => isSecretWord(words, at));
  if (last < 0) return false;
  const rest = words.slice(last + 1);
  // `access.key.id` is public, `secret.id` is half of a login.
  if (rest.at(-1) === 'id' && words[last] !== 'secret') return false;
  return !rest.some((word) => ABOUT.has(word));
}

function isSecretWord(words: readonly string[], at: number): boolean {
  const word = words[at] ?? '';
  if (WORDS.has(word) || ENDINGS.test(word)) return true;
  if (word === 'key' || word === 'keys') return KINDS_OF_KEY.has(words[at - 1] ?? '');
  if (PHRASES.some((phrase) => phrase.every((part, back) => words[at - phrase.length + 1 + back] === part)))
    return true;
  return word.length >= 5 && SPELT.some((one) => isNear(word, one));
}

/** One letter in six may be wrong, or two neighbours may have changed places. */
function isNear(word: string, right: string): boolean {
  const most = Math.floor(right.length / 4);
  if (Math.abs(word.length - right.length) > most || word[0] !== right[0]) return false;
  const swapped = [...word].sort().join('') === [...right].sort().join('');
  return distance(word, right) <= Math.max(most, swapped ? 2 : 0);
}
