import textWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';

/** Breaks lines that are wider than this at words, and indents what follows like the line itself. */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (textWidth(line) > width ? wrapLine(line, width) : line))
    .join('\n');
}

/** A suggested command to the end of its line: broken in two, it would not work when pasted. */
const COMMAND = /(?<=^|[\s:])sluice [a-z][^\n]*$/;

function wrapLine(line: string, width: number): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const command = COMMAND.exec(line);
  if (command !== null) {
    const before = line.slice(0, command.index).trimEnd();
    return before === ''
      ? line
      : `${textWidth(before) > width ? wrapLine(before, width) : before}\n${indent}  ${command[0]}`;
  }
  return wrapAnsi(line.slice(indent.length), Math.max(20, width - indent.length))
    .split('\n')
    .map((part) => indent + part)
    .join('\n');
}
