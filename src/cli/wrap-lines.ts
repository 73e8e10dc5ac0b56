import { stripVTControlCharacters } from 'node:util';
import textWidth from 'fast-string-width';
import { wrapAnsi } from 'fast-wrap-ansi';
import { graphemes } from '../text/graphemes.ts';
import type { Style } from './style.ts';

/** Breaks lines that are wider than this at words, and indents what follows like the line itself. */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (textWidth(line) > width ? wrapLine(line, width) : line))
    .join('\n');
}

/** On a terminal, lines that are too long break at words. */
export function onScreen(text: string, { interactive, width }: Pick<Style, 'interactive' | 'width'>): string {
  return interactive ? wrapLines(text, width) : text;
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
  return wrapWords(line, Math.max(20 + indent.length, width));
}

/** Breaks lines at words alone, commands too; indents what follows like the line itself. */
export function wrapWords(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const indent = /^ */.exec(line)?.[0] ?? '';
      const parts = wrapAnsi(line.slice(indent.length), Math.max(1, width - indent.length)).split('\n');
      return parts.map((part) => indent + part);
    })
    .join('\n');
}

const COLOUR = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);

/** Cuts a line that is too long, also within a word; its colours still end. */
export function clipLine(line: string, width: number): string {
  if (textWidth(line) <= width) return line;
  let room = width;
  const clipped = line.split(COLOUR).map((part) => {
    if (COLOUR.test(part)) return part;
    let kept = '';
    for (const character of graphemes(part)) {
      room -= textWidth(character);
      if (room < 0) break;
      kept += character;
    }
    return kept;
  });
  return clipped.join('');
}

/** Help: an example that is too long goes on after a backslash, so that it can still be pasted. */
export function wrapHelp(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (textWidth(line) <= width) return line;
      return /^ *\$ /.test(stripVTControlCharacters(line)) ? continued(line, width) : wrapWords(line, width);
    })
    .join('\n');
}

/** Breaks a command before its flags. */
function continued(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  for (const part of line.split(/ (?=--)/)) {
    const longer = current === '' ? part : `${current} ${part}`;
    if (current === '' || textWidth(longer) + 2 <= width) current = longer;
    else {
      lines.push(current);
      current = `      ${part}`;
    }
  }
  return [...lines, current].join(' \\\n');
}
