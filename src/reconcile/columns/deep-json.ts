/** An array or object that has not been closed yet. */
interface Open {
  /** Of an array, or of an object with the member's name. */
  items: string[] | Map<string, string>;
  name?: string;
}

const SCALAR = /[^\s,:[\]{}"]+/y;

/**
 * The canonical text of a JSON document of any depth, without recursion: slower than JSON.parse, for documents that
 * overflow the stack.
 * @throws SyntaxError
 */
export function canonicalDeepJson(text: string): string {
  // Without a reviver it does not recurse: what follows may rely on the grammar.
  JSON.parse(text);
  const open: Open[] = [];
  let done = '';
  const put = (value: string) => {
    const last = open.at(-1);
    if (last === undefined) done = value;
    else if (Array.isArray(last.items)) last.items.push(value);
    else if (last.name === undefined) last.name = value;
    else {
      last.items.set(last.name, value);
      delete last.name;
    }
  };
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? '';
    if (char === '[' || char === '{') {
      open.push({ items: char === '[' ? [] : new Map() });
      at += 1;
    } else if (char === ']' || char === '}') {
      const closed = open.pop();
      if (closed !== undefined) put(closedText(closed));
      at += 1;
    } else if (char === '"') {
      const end = stringEnd(text, at);
      put(JSON.stringify(JSON.parse(text.slice(at, end))));
      at = end;
    } else {
      SCALAR.lastIndex = at;
      const scalar = SCALAR.exec(text)?.[0];
      if (scalar !== undefined) put(decimalText(scalar));
      at += scalar?.length ?? 1;
    }
  }
  return done;
}

/** Added one by one: a join would copy the text of every level into that of the next. */
function closedText({ items }: Open): string {
  let text = '';
  if (Array.isArray(items)) {
    for (const item of items) text += text === '' ? item : `,${item}`;
    return `[${text}]`;
  }
  const members = [...items].map(([name, value]) => [JSON.parse(name) as string, name, value] as const).sort(byName);
  for (const [, name, value] of members) text += `${text === '' ? '' : ','}${name}:${value}`;
  return `{${text}}`;
}

export function byName([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return a < b ? -1 : 1;
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** `1.50e2`, `150` and `150.0` as one text: significant digits and the place of the point. */
export function decimalText(number: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number);
  if (!match) return number;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  // Any number of digits: a double would lose the last ones.
  const point = BigInt(exponent) + BigInt(digits.length - significant.length - fraction.length);
  return `${sign}${significant}e${point}`;
}
