/**
 * Markdown of GitHub and GitLab with text from elsewhere, such as the name of a connector. Such text must not become
 * Markdown, HTML, a link, a mention (`@team`), a reference (`#1`, `!2`) or a command (`/merge`).
 */

/** Characters that mean nothing in Markdown, HTML or a table, in any place. */
const MEANINGFUL = /[^A-Za-z0-9 ,.\u0080-\uffff-]|(?<=www)\./gi;

/**
 * Foreign text as code, for any place but a fence. Neither service looks for mentions and references in code. Every other
 * character is an entity: backquotes could not be, and a table would end at a `|` even in backquotes.
 */
export function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return `<code>${line.replaceAll(MEANINGFUL, (character) => `&#${character.charCodeAt(0)};`)}</code>`;
}

const PLAIN_WORD = /^[("]?[A-Za-z]+(?:['-][A-Za-z]+)*[.,;:)"]*$|^\d{1,9}[.,;:)]*$/;

/** A sentence of sluice that may contain foreign text: all but plain words becomes code. */
export function sentence(text: string): string {
  const parts: { words: string[]; plain: boolean }[] = [];
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const plain = PLAIN_WORD.test(word);
    const last = parts.at(-1);
    if (last?.plain === plain) last.words.push(word);
    else parts.push({ words: [word], plain });
  }
  return parts.map(({ words, plain }) => (plain ? words.join(' ') : code(words.join(' ')))).join(' ');
}

/** A fenced block. Each line must begin with a character that is neither a blank nor a backquote. */
export function fence(language: string, lines: readonly string[]): string {
  const text = lines.join('\n');
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}

/** A block that is closed at first. @param summary HTML */
export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Limits the number of characters, and counts those that were cut off. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  // Not between the two halves of a character.
  const end = /[\ud800-\udbff]/.test(text[length - 1] ?? '') ? length - 1 : length;
  return `${text.slice(0, end)}… (${text.length - end} more characters)`;
}
