/**
 * Characters that a terminal acts on, or that misrepresent text: C0 and C1 controls except tab and line break, bidirectional
 * marks and other invisible characters. Joiners are excluded: letters and emoji need them.
 */
const HIDDEN = /(?![\t\n])[\p{Cc}\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
/** Most texts have only these, and this test is four times as fast. */
const PLAIN = /^[\t\n -~]*$/;
/** The source of the expression, for use in others. */
export const HIDDEN_CHARACTER = HIDDEN.source;
/** A colour sequence that sluice writes. */
const COLOURED = new RegExp(`${String.fromCharCode(27)}\\[\\d{1,3}(?:;\\d{1,3}){0,8}m`, 'g');

/** Whether it would mislead a terminal or a reader. */
export function hasHidden(text: string): boolean {
  return !PLAIN.test(text) && text.search(HIDDEN) >= 0;
}

/** As `\x1b` or `\u202e`. */
function escaped(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicodeEscape(code);
}

/** The text with each such character replaced by its code. */
export function replaceHidden(text: string, by: (code: number) => string): string {
  return PLAIN.test(text) ? text : text.replace(HIDDEN, (character) => by(character.charCodeAt(0)));
}

/** Text from elsewhere, made safe for a terminal: control characters are escaped. */
export function visible(text: string): string {
  return replaceHidden(text, escaped);
}

/** Text from elsewhere that belongs to one line: a line break in it could pass for a line of sluice's own, and a tab for a column. */
function visibleLine(text: string): string {
  const shown = visible(text);
  return /[\n\t]/.test(shown) ? shown.replaceAll('\n', '\\n').replaceAll('\t', '\\t') : shown;
}

/** Text of several lines, of which all but the first are indented: none of them passes for one of sluice's own. */
export function visibleLines(text: string): string {
  return visible(text).replaceAll(/\n(?! {2})/g, '\n  ');
}

/** Names, and values that are shown beside them. */
const OF_ONE_LINE = new Set([
  ...['name', 'connector', 'context', 'worker', 'class', 'key', 'before', 'after', 'file', 'topic', 'declaredBy'],
  ...['unknown', 'unset', 'masked', 'connectors', 'sources', 'sinks'],
]);

/** Sentences of sluice's own, which may quote names and values. */
const OF_LINES = new Set(['message', 'reason', 'reasons', 'cause', 'detail', 'details', 'command', 'statement']);

/** The same for all texts and names in a value of any shape; the parts that are visible already are not copied. */
export function visibleTree<T>(value: T, shown: (text: string) => string = visible): T {
  if (typeof value === 'string') return shown(value) as T;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => visibleTree(item, shown));
    return items.some((item, at) => item !== value[at]) ? (items as T) : value;
  }
  if (!isPlain(value)) return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, item]) => {
    const how = OF_ONE_LINE.has(key) ? visibleLine : OF_LINES.has(key) ? visibleLines : visible;
    const entry = [visibleLine(key), visibleTree(item, how)] as const;
    changed ||= entry[0] !== key || entry[1] !== item;
    return entry;
  });
  return changed ? (Object.fromEntries(entries) as T) : value;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Text with colours that sluice writes: all other sequences are escaped. */
export function visibleButColours(text: string): string {
  if (!hasHidden(text)) return text;
  let shown = '';
  let at = 0;
  for (const { 0: colour, index } of text.matchAll(COLOURED)) {
    shown += visible(text.slice(at, index)) + colour;
    at = index + colour.length;
  }
  return shown + visible(text.slice(at));
}

/** An equivalent JSON text with the characters that JSON does not escape written as `\uXXXX`. */
export function visibleJson(json: string): string {
  return replaceHidden(json, unicodeEscape);
}

/** A value of a row, where every character counts: also unusual spaces and what has no shape of its own are escaped. */
export function visibleValue(text: string, keep = ''): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) =>
    keep.includes(character) ? character : unicodeEscapes(character),
  );
}

/** As in JSON and JavaScript, by UTF-16 code units. */
export function unicodeEscapes(character: string): string {
  return Array.from({ length: character.length }, (_, at) => unicodeEscape(character.charCodeAt(at))).join('');
}

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
