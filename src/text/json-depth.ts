/** More than any JSON that sluice reads. */
export const MAX_LEVELS = 500;

/**
 * Whether a JSON text is nested too deeply to be parsed: a few megabytes of brackets take `JSON.parse` gigabytes of memory.
 * Linear: the backslashes before one quote are not those before another.
 */
export function isTooDeep(text: string): boolean {
  let levels = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at);
        break;
      case '[':
      case '{':
        levels += 1;
        if (levels > MAX_LEVELS) return true;
        break;
      case ']':
      case '}':
        levels -= 1;
        break;
    }
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before -= 1;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}
