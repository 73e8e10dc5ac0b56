import { byValue } from './numbers.ts';

/**
 * JSON by meaning: members in the order of their names (the last of two with one name counts), numbers by value, white
 * space gone, escapes read. Undefined where the text is not JSON. A parser of its own: JavaScript's loses digits.
 */
export function canonicalJson(text: string): string | undefined {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError('not JSON');
  };
  const blank = () => {
    while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at++;
  };
  const token = (expression: RegExp): string => {
    expression.lastIndex = at;
    const match = expression.exec(text);
    if (match === null) return fail();
    at += match[0].length;
    return match[0];
  };
  const value = (): string => {
    blank();
    const first = text[at];
    let result: string;
    if (first === '{') result = object();
    else if (first === '[') result = array();
    else if (first === '"') result = JSON.stringify(string());
    else if (first === '-' || (first !== undefined && first >= '0' && first <= '9'))
      result = byValue(token(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y)) ?? fail();
    else result = token(/true|false|null/y);
    blank();
    return result;
  };
  const string = (): string => JSON.parse(token(/"(?:[^"\\]|\\.)*"/y)) as string;
  const array = (): string => {
    at++;
    const items: string[] = [];
    blank();
    if (text[at] === ']') {
      at++;
      return '[]';
    }
    for (;;) {
      items.push(value());
      const next = text[at++];
      if (next === ']') return `[${items.join(',')}]`;
      if (next !== ',') fail();
    }
  };
  const object = (): string => {
    at++;
    const members = new Map<string, string>();
    const written = () =>
      `{${[...members]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, member]) => `${JSON.stringify(name)}:${member}`)
        .join(',')}}`;
    blank();
    if (text[at] === '}') {
      at++;
      return written();
    }
    for (;;) {
      blank();
      if (text[at] !== '"') fail();
      const name = string();
      blank();
      if (text[at++] !== ':') fail();
      members.set(name, value());
      const next = text[at++];
      if (next === '}') return written();
      if (next !== ',') fail();
    }
  };
  try {
    const result = value();
    return at === text.length ? result : undefined;
  } catch {
    return undefined;
  }
}
