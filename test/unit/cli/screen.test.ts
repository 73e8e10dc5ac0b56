import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { expect, it } from 'vitest';
import { Screen } from '../../../src/cli/screen.ts';

function terminal(columns: number, rows: number) {
  const written: string[] = [];
  const out = Object.assign(new EventEmitter(), {
    columns,
    rows,
    write: (text: string) => void written.push(text),
  });
  return { written, out, stream: out as unknown as WriteStream };
}

it('draws on a screen of its own, again when the window changes, and leaves the other as it was', () => {
  const { written, out, stream } = terminal(80, 3);
  const before = process.listenerCount('exit');
  const screen = new Screen(stream);
  expect(written.splice(0)).toEqual(['\u001b[?1049h\u001b[?25l']);
  screen.draw(({ width, height }) => Array.from({ length: 9 }, (_, line) => `${line} ${width}x${height}`).join('\n'));
  // No more lines than there are, and never a line break after the last one, which would scroll.
  expect(written.splice(0)).toEqual(['\u001b[H0 80x3\u001b[K\r\n1 80x3\u001b[K\r\n2 80x3\u001b[K\u001b[J']);
  Object.assign(out, { columns: 40, rows: 1 });
  out.emit('resize');
  expect(written.splice(0)).toEqual(['\u001b[H0 40x1\u001b[K\u001b[J']);
  screen[Symbol.dispose]();
  screen[Symbol.dispose]();
  expect(written.splice(0)).toEqual(['\u001b[?25h\u001b[?1049l']);
  screen.draw(() => 'late');
  out.emit('resize');
  expect(written).toEqual([]);
  expect([process.listenerCount('exit'), out.listenerCount('resize')]).toEqual([before, 0]);
});

it('shows control characters of data as text', () => {
  const { written, stream } = terminal(80, 24);
  using screen = new Screen(stream);
  screen.draw(() => 'a\u001b]0;evil\u0007b');
  expect(written.at(-1)).not.toContain('\u001b]0;');
});

it('cuts what is wider than the window', () => {
  const { written, stream } = terminal(8, 24);
  using screen = new Screen(stream);
  screen.draw(() => '\u001b[31m0123456789\u001b[39m\n日本語テキスト\nok');
  expect(written.at(-1)).toBe('\u001b[H\u001b[31m01234567\u001b[39m\u001b[K\r\n日本語テ\u001b[K\r\nok\u001b[K\u001b[J');
});

it('gives the terminal back while it is suspended', () => {
  const { written, out, stream } = terminal(80, 24);
  const screen = new Screen(stream);
  screen.draw(() => 'a');
  written.splice(0);
  screen.suspend();
  screen.suspend();
  screen.draw(() => 'b');
  out.emit('resize');
  expect(written.splice(0)).toEqual(['\u001b[?25h\u001b[?1049l']);
  screen.resume();
  screen.resume();
  expect(written.splice(0)).toEqual(['\u001b[?1049h\u001b[?25l', '\u001b[Hb\u001b[K\u001b[J']);
  screen.suspend();
  screen[Symbol.dispose]();
  expect(written.splice(0)).toEqual(['\u001b[?25h\u001b[?1049l']);
});
