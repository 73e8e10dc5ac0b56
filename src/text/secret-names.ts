import { cached } from './cached.ts';
import {
  DIGIT,
  hasDot,
  isSmall,
  isWide,
  kindIn,
  LOWER,
  letterIn,
  letterOf,
  OTHER,
  SEPARATOR,
  signAt,
  UPPER,
} from './letters.ts';
import { isMisspelt } from './misspellings.ts';
import { unitsOf } from './units.ts';

/** A word with one of these endings is a secret: `dbpassword`, `accesstoken`, `clientsecret`. */
const ENDINGS = [
  ...['password', 'passwd', 'passwort', 'passphrase', 'passcode', 'secret', 'token', 'apikey', 'secretkey'],
  ...['privatekey', 'accesskey', 'authkey', 'credential', 'pwd'],
];
/** `sig` is the signature in an Azure URL that grants access. */
const WORDS = ['pass', 'pw', 'psw', 'sas', 'sig', 'salt', 'authorization', 'cookie', 'jaas', 'otp', 'userinfo'];
/** Words that depend on the one before them: `api.key`, but not `message.key.columns`. */
const KINDS_OF_KEY = [
  ...['api', 'access', 'private', 'secret', 'account', 'shared', 'encryption', 'decryption', 'signing', 'master'],
  ...['storage', 'subscription', 'auth', 'keystore', 'service', 'sas', 'license', 'hmac', 'aes', 'rsa', 'ssh'],
];
const PHRASES = [
  ...['user info', 'connection string', 'key pem', 'keystore pem', 'key material', 'cipher data keys'],
  ...['amz signature', 'goog signature'],
];
/** Words after a secret name that turn it into something else: its location, how it is read, how long it is valid. */
const ABOUT = [
  ...['url', 'uri', 'endpoint', 'host', 'port', 'file', 'filename', 'path', 'location', 'dir', 'directory'],
  ...['type', 'provider', 'providers', 'class', 'name', 'algorithm', 'enabled', 'enable', 'disabled', 'ttl'],
  ...['expiry', 'expires', 'expiration', 'refresh', 'timeout', 'ms', 'seconds', 'minutes', 'method'],
  ...['format', 'version', 'length', 'size', 'min', 'max', 'count', 'policy', 'required', 'prefix', 'suffix'],
  ...['issuer', 'audience', 'scope', 'scopes', 'claim', 'param', 'parameter', 'field', 'column', 'encoder'],
  ...['encoding', 'mode', 'strategy', 'factory', 'callback', 'handler', 'through', 'interval', 'retries'],
  ...['cache', 'separator', 'regex', 'engine', 'region', 'namespace', 'manager', 'store', 'source', 'params'],
];

/** Only this many characters at the end of a name matter. */
const MAX_LENGTH = 200;

/** A word of these lists. */
interface Known {
  /** The numbers of its letters, from the last to the first. */
  letters: readonly number[];
  isSecret: boolean;
  /** Any word that ends with it is a secret, too. */
  isEnding: boolean;
  isKey: boolean;
  isKindOfKey: boolean;
  isAbout: boolean;
  /** The words before it, from the last to the first, with which it is a secret. */
  phrases: (readonly Known[])[];
}

function wordWith(letters: readonly number[]): Known {
  return {
    letters,
    isSecret: false,
    isEnding: false,
    isKey: false,
    isKindOfKey: false,
    isAbout: false,
    phrases: [],
  };
}

const KNOWN = new Map<string, Known>();

function known(word: string, meaning: Partial<Known> = {}): Known {
  let found = KNOWN.get(word);
  if (found === undefined) {
    const letters: number[] = [];
    for (let at = word.length - 1; at >= 0; at -= 1) letters.push(letterOf(word.charCodeAt(at)));
    found = wordWith(letters);
    KNOWN.set(word, found);
  }
  return Object.assign(found, meaning);
}

for (const word of WORDS) known(word, { isSecret: true });
for (const word of ENDINGS) for (const one of [word, `${word}s`]) known(one, { isSecret: true, isEnding: true });
for (const word of ['key', 'keys']) known(word, { isKey: true });
for (const word of KINDS_OF_KEY) known(word, { isKindOfKey: true });
for (const word of ABOUT) known(word, { isAbout: true });
for (const phrase of PHRASES) {
  const [last, ...before] = phrase
    .split(' ')
    .map((word) => known(word))
    .reverse();
  last?.phrases.push(before);
}
const ID = known('id');
const SECRET = known('secret');
/** Any other word, and one that ends with a secret. */
const UNKNOWN = wordWith([]);
const ENDS_WITH_SECRET: Known = { ...wordWith([]), isSecret: true };

/** The known words by their last two letters: few have the same. */
const NONE: readonly Known[] = [];
const BY_ENDING: (readonly Known[])[] = Array(1024).fill(NONE);
for (const one of KNOWN.values()) {
  const place = ((one.letters[1] ?? 0) << 5) | (one.letters[0] ?? 0);
  BY_ENDING[place] = [...(BY_ENDING[place] ?? NONE), one];
}

/**
 * Whether a key's name indicates a secret: `database.password`, `aws.secret.access.key`, `apiKey`, `client_secret`, and
 * misspelt ones such as `database.pasword`. Keys of type PASSWORD are known from the plugin's schema.
 */
export const isSecretName = cached((key) => isSecretNameIn(unitsOf(key), 0, key.length));

/** The same for a name within a text, without creating strings: a text may have a name in every few characters. */
export function isSecretNameIn(units: Uint16Array, start: number, end: number): boolean {
  const last = splitName(units, Math.max(start, end - MAX_LENGTH), end) - 1;
  for (let at = last; at >= 0; at -= 1) {
    const word = wordAt(at);
    // `access.key.id` is public, `secret.id` is half of a login.
    if (isSecretWord(word, at)) return at === last || word === SECRET || wordAt(last) !== ID;
    if (word.isAbout) return false;
  }
  return false;
}

/** The name that is being judged: its letters by their numbers, and where its words start and end. */
const LETTERS = new Uint8Array(MAX_LENGTH);
const STARTS = new Int32Array(MAX_LENGTH);
const ENDS = new Int32Array(MAX_LENGTH);

/** Whether a name contains such a word, not even as one of its own: in a family of settings that may hold secrets, `sslpassword`. */
export function hasSecretWord(name: string): boolean {
  return /password|passphrase|secret|token/i.test(name);
}

/** Finds the words of a name (`aws.secretAccessKey_2` is `aws`, `secret`, `access`, `key`) of at most MAX_LENGTH characters. @returns how many there are */
function splitName(units: Uint16Array, start: number, end: number): number {
  let count = 0;
  let wordStart = 0;
  // Digits at the end of a word do not count, nor does a word of digits.
  let wordEnd = 0;
  let before = SEPARATOR;
  let sign = start < end ? signAt(units, start, end) : SEPARATOR;
  for (let at = start; at < end; ) {
    const kind = kindIn(sign);
    const behind = at + (isWide(sign) ? 2 : 1);
    LETTERS[at - start] = letterIn(sign);
    if (isWide(sign)) LETTERS[at - start + 1] = OTHER;
    const next = behind < end ? signAt(units, behind, end) : SEPARATOR;
    if (kind === SEPARATOR || startsWord(before, kind, kindIn(next))) {
      if (wordEnd > wordStart) count = addWord(count, wordStart, wordEnd);
      wordStart = (kind === SEPARATOR ? behind : at) - start;
      wordEnd = wordStart;
    }
    if (kind > DIGIT) wordEnd = behind - start;
    if (hasDot(sign)) {
      count = addWord(count, wordStart, wordEnd);
      wordStart = wordEnd;
    }
    before = kind;
    sign = next;
    at = behind;
    // Most letters are small ones within a word.
    for (; before === LOWER && isSmall(sign); at += 1) {
      LETTERS[at - start] = letterIn(sign);
      wordEnd = at + 1 - start;
      sign = at + 1 < end ? signAt(units, at + 1, end) : SEPARATOR;
    }
  }
  return wordEnd > wordStart ? addWord(count, wordStart, wordEnd) : count;
}

function addWord(count: number, start: number, end: number): number {
  STARTS[count] = start;
  ENDS[count] = end;
  return count + 1;
}

/** Whether a letter starts a word within a name: `secretAccessKey`, `SSLKey`. */
function startsWord(before: number, kind: number, next: number): boolean {
  return kind === UPPER && (before === LOWER || before === DIGIT || (before === UPPER && next === LOWER));
}

function wordAt(index: number): Known {
  const start = STARTS[index] ?? 0;
  const end = ENDS[index] ?? 0;
  const length = end - start;
  const place = length < 2 ? 0 : ((LETTERS[end - 2] ?? 0) << 5) | (LETTERS[end - 1] ?? 0);
  let found = UNKNOWN;
  for (const one of BY_ENDING[place] ?? NONE) {
    const { letters } = one;
    if (letters.length > length) continue;
    let same = 2;
    while (same < letters.length && letters[same] === LETTERS[end - 1 - same]) same += 1;
    if (same < letters.length) continue;
    if (same === length) return one;
    if (one.isEnding) found = ENDS_WITH_SECRET;
  }
  return found;
}

/** @param at the index of the word, which may be a secret because of those before it */
function isSecretWord(word: Known, at: number): boolean {
  if (word.isSecret) return true;
  if (word.isKey && at > 0 && wordAt(at - 1).isKindOfKey) return true;
  for (const phrase of word.phrases) if (isPreceded(at, phrase)) return true;
  return isMisspelt(LETTERS, STARTS[at] ?? 0, ENDS[at] ?? 0);
}

/** Whether the words before one are these, from the last to the first. */
function isPreceded(at: number, words: readonly Known[]): boolean {
  return words.length <= at && words.every((word, back) => wordAt(at - 1 - back) === word);
}
