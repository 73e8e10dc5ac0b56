import { stripVTControlCharacters } from 'node:util';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainStyle, styleOf } from '../../../src/cli/style.ts';
import { renderTable } from '../../../src/cli/table.ts';

interface Row {
  name: string;
  tasks: number;
  note: string;
}

const columns = [
  { header: 'name', value: (row: Row) => row.name },
  { header: 'tasks', value: (row: Row) => String(row.tasks), align: 'right' as const },
  { header: 'note', value: (row: Row) => row.note, wrap: true },
];

describe('renderTable', () => {
  it('prints headers in capitals and aligns columns two spaces apart', () => {
    const rows = [
      { name: 'orders-source', tasks: 1, note: 'fine' },
      { name: 'sink', tasks: 12, note: '' },
    ];
    expect(renderTable(columns, rows, plainStyle)).toBe(
      ['NAME           TASKS  NOTE', 'orders-source      1  fine', 'sink              12'].join('\n'),
    );
  });

  it('prints only the headers if there are no rows', () => {
    expect(renderTable(columns, [], plainStyle)).toBe('NAME  TASKS  NOTE');
  });

  it('wraps the columns that may wrap at words, and loses none', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]{1,20}( [a-z]{1,20}){0,30}$/),
        fc.integer({ min: 40, max: 120 }),
        (note, width) => {
          const text = renderTable(columns, [{ name: 'n', tasks: 1, note }], { ...plainStyle, width });
          const lines = text.split('\n');
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
          expect(
            lines
              .slice(1)
              .map((line) => line.slice('NAME  TASKS  '.length))
              .join(' '),
          ).toBe(note);
        },
      ),
    );
  });

  it('never breaks a word: in a pipe the line is longer, and on a terminal a row is a block', () => {
    const name = 'a'.repeat(50);
    const rows = [
      { name, tasks: 1, note: `see ${'x'.repeat(30)} and more of it, so that it has to wrap somewhere` },
      { name: 'b', tasks: 2, note: '-' },
    ];
    const piped = renderTable(columns, rows, { ...plainStyle, width: 80 });
    expect(piped).toContain(name);
    expect(piped).toContain('x'.repeat(30));
    expect(renderTable(columns, rows, { ...plainStyle, interactive: true, width: 60 })).toBe(
      [
        `${name}  tasks 1`,
        `  note  see ${'x'.repeat(30)} and more of it,`,
        '        so that it has to wrap somewhere',
        '',
        'b  tasks 2',
      ].join('\n'),
    );
  });

  it('does not count colours as width', () => {
    const color = new Chalk({ level: 1 });
    const rows = [
      { name: color.red('failed'), tasks: 1, note: 'x' },
      { name: 'ok', tasks: 1, note: 'y' },
    ];
    expect(stripVTControlCharacters(renderTable(columns, rows, { ...plainStyle, color }))).toBe(
      ['NAME    TASKS  NOTE', 'failed      1  x', 'ok          1  y'].join('\n'),
    );
  });
});

describe('styleOf', () => {
  const terminal = { isTTY: true, columns: 120, hasColors: () => true };
  it.each([
    ['a terminal', terminal, {}, false, { level: 2, interactive: true, width: 120 }],
    ['a pipe', {}, {}, false, { level: 0, interactive: false, width: 80 }],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, false, { level: 0, interactive: true, width: 120 }],
    ['--no-color', terminal, {}, true, { level: 0, interactive: true, width: 120 }],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false, { level: 0, interactive: false, width: 120 }],
    ['a terminal without a size', { ...terminal, columns: 0 }, {}, false, { level: 2, interactive: false, width: 80 }],
    ['a terminal in CI', terminal, { CI: 'true' }, false, { level: 2, interactive: false, width: 120 }],
    ['a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }, false, { level: 1, interactive: false, width: 80 }],
    [
      'FORCE_COLOR against NO_COLOR',
      terminal,
      { FORCE_COLOR: '1', NO_COLOR: '1' },
      false,
      { level: 0, interactive: true, width: 120 },
    ],
  ])('%s', (_name, stream, environment, noColor, expected) => {
    const { color, interactive, width } = styleOf(stream, environment, noColor);
    expect({ level: color.level, interactive, width }).toEqual(expected);
  });
});
