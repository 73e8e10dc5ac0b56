import { MASK } from './redact.ts';

/** Where a value of a row begins in a message, and what follows it: of several the first, or the last one of the message. */
interface Quoting {
  before: RegExp;
  after: { first: RegExp } | { last: string };
}

/** https://github.com/postgres/postgres/tree/master/src/backend, and what the drivers and Connect add. */
const POSTGRES: readonly Quoting[] = [
  // In any language: the values are in brackets, behind the names of a key, or behind a sentence of the detail.
  { before: /\)=\(/g, after: { first: /\)(?=["'»«“”]? [a-zà-ÿ]+ |\.?\s*(?:$|\n))/g } },
  { before: /\bdetail: {1,4}(?!Key \()[^(=\n]{1,100} \(/gi, after: { last: ')' } },
  { before: /Failing row contains \(/g, after: { last: ')' } },
  { before: /\bToken "/g, after: { first: /" is invalid/g } },
  { before: /JSON data, line \d{1,9}: /g, after: { first: /$/gm } },
  { before: /invalid input (?:syntax|value) for [^:"]{1,100}: "/g, after: { last: '"' } },
  { before: /\bvalue "/g, after: { first: /" is out of range/g } },
  { before: /out of range: "/g, after: { last: '"' } },
  // The driver writes the whole statement with its parameters; the name of the table is shown.
  {
    before: /Batch entry \d{1,9} (?:(?:INSERT INTO|UPDATE|DELETE FROM|MERGE INTO) [^\s(]{1,300})?/gi,
    after: { first: / was aborted/g },
  },
];

/** `FEHLER: `, `ОШИБКА: `, `错误: `: how PostgreSQL begins a message, in the language of `lc_messages`. */
const SEVERITY = String.raw`(?<![\p{L}.])(?:\p{Lu}{3,12}|\p{Lo}{2,6})\s?: {1,2}`;

/** In languages other than English, quoted after a colon, or what cannot be a name. */
const translated = (): Quoting[] => [
  ...['""', '»«', '«»', '„“', '“”', '「」'].map(
    ([open = '', close = '']): Quoting => ({
      before: new RegExp(`${SEVERITY}[^\\n:"'»«„“「]{1,150}\\s?[:：] ?${open}\\s?`, 'gu'),
      after: { last: close },
    }),
  ),
  {
    before: new RegExp(`${SEVERITY}[^\\n:"'»«„“「]{0,80}["»«„“「]\\s?(?=[-+\\d])`, 'gu'),
    after: { first: /\s?["»«“”」]/g },
  },
  // A statement that a function put together.
  { before: /\bSQL[ -]\p{L}{1,20} ["»«„“]/gu, after: { first: /["»«“”](?=$|\n)/g } },
  // MySQL and MariaDB: the entry, then the key.
  {
    before:
      /IntegrityConstraintViolationException: (?:\(conn=\d{1,9}\) )?[^'\n(`]{0,60}'(?=[^\n]{0,2000}' [^'\n]{1,40} '[^'\n]{1,200}'(?:\s|$))/g,
    after: { first: /' [^'\n]{1,40} '[^'\n]{1,200}'(?:\s|$)/g },
  },
  // SQL Server: the value of a key in brackets at the end, a text that was cut off, one that could not be converted.
  { before: /SQLServerException: [^(\n]{20,400} \(/g, after: { last: ')' } },
  {
    before: /SQLServerException: [^\n:：]{10,400}(?<!\bError)[:：] ?['"»«„]/g,
    after: { first: /['"«»“]\.?(?=\s*(?:$|\n))/g },
  },
  {
    before: /SQLServerException: [^'\n]{0,80}\b(?:n?varchar|n?char|n?text|date\w{0,9}|sql_variant)\b[^'\n]{0,20}'/gi,
    after: { first: /' \p{L}/gu },
  },
];

/** Where PostgreSQL says that a message was raised by a function, a trigger for instance: RAISE is never translated. */
const RAISED = /\n {0,4}[^\n:]{1,20}\s?: {1,2}[^\n]{0,400}\bRAISE\b/g;

/** The message of a user's function may quote anything, so all of it is masked. */
function maskRaised(message: string): string {
  let shown = '';
  let at = 0;
  for (const { index } of message.matchAll(RAISED)) {
    const severity = new RegExp(SEVERITY, 'u').exec(message.slice(at, index));
    const start = severity === null ? at : at + severity.index + severity[0].length;
    shown += message.slice(at, start) + MASK;
    at = index;
  }
  return at === 0 ? message : shown + message.slice(at);
}

/** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const MYSQL: readonly Quoting[] = [
  { before: /Duplicate entry '/g, after: { first: /' for key/g } },
  { before: /[Ii]ncorrect [\w ()]{1,40}value: '/g, after: { first: /' (?:for|at)\b|'$/gm } },
];

/** https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
const SQL_SERVER: readonly Quoting[] = [
  { before: /duplicate key value is \(/g, after: { last: ')' } },
  { before: /Conversion failed when converting the [\w() ,]{1,60}value '/g, after: { first: /' to data type/g } },
  { before: /Truncated value: '/g, after: { first: /'\.|'$/gm } },
];

/** Records as Connect prints them, documents of MongoDB, texts that Java and Jackson could not read. */
const OTHERS: readonly Quoting[] = [
  { before: /(?:Sink|Source|Connect)Record\{/g, after: { last: '}' } },
  { before: /\bStruct\{/g, after: { last: '}' } },
  { before: /dup key: \{/g, after: { last: '}' } },
  { before: /For input string: "/g, after: { last: '"' } },
  { before: /\bText '/g, after: { first: /' could not be parsed/g } },
  { before: /Invalid value: (?!Struct|null\b)/g, after: { first: / for field\b|$/gm } },
  { before: /Not a valid enum symbol: /g, after: { first: /$/gm } },
  { before: /Query is: /g, after: { last: '\u0000' } },
  { before: /Unrecognized token '/g, after: { first: /': was expecting/g } },
  { before: /\[Source: \((?:String|byte\[\])\)"/g, after: { first: /"(?:\[truncated[^\]]{0,40}\])?; line/g } },
];

let quotings: readonly Quoting[] | undefined;

/** Frames of a stack trace, which separate its messages. */
const FRAMES = /(\n[ \t]{0,20}(?:at |\.\.\. \d{1,9} (?:more|common frames)))/;

/** What follows `at`: `org.apache.X.put(X.java:12)`. */
const FRAME = /^(?:[\w$.<>/@-]{1,300}\((?:[\w$.-]{1,100}:\d{1,9}|Native Method|Unknown Source)\)\s*|\n[ \t]{0,20}at )$/;

/**
 * Masks the row values that databases, drivers and Connect quote in error messages: they are customers' data. Names of
 * tables, columns and constraints stay. In doubt it masks more: a value may contain what otherwise follows values.
 * @param text a message, or a Java stack trace
 */
export function maskRowValues(text: string): string {
  // A frame quotes nothing, and a trace consists of them for the most part.
  return text
    .split(FRAMES)
    .map((part) => (FRAME.test(part) ? part : maskMessage(part)))
    .join('');
}

function maskMessage(message: string): string {
  let masked = maskRaised(message);
  // Made when they are first needed: compiling these expressions takes a millisecond, and most runs mask nothing.
  quotings ??= [...POSTGRES, ...MYSQL, ...SQL_SERVER, ...OTHERS, ...translated()];
  for (const quoting of quotings) masked = maskQuoted(masked, quoting);
  return masked;
}

function maskQuoted(message: string, { before, after }: Quoting): string {
  let shown = '';
  let at = 0;
  for (const { 0: opening, index } of message.matchAll(before)) {
    if (index < at) continue;
    const start = index + opening.length;
    const end = endOf(message, start, after);
    shown += message.slice(at, start) + MASK;
    at = end;
  }
  return at === 0 ? message : shown + message.slice(at);
}

/** Without what should follow, the value goes on to the end of the message. */
function endOf(message: string, start: number, after: Quoting['after']): number {
  if ('last' in after) {
    const end = message.lastIndexOf(after.last);
    return end < start ? message.length : end;
  }
  after.first.lastIndex = start;
  return after.first.exec(message)?.index ?? message.length;
}
