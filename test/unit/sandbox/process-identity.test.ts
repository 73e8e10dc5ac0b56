import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isSameProcess, parseStat, processIdentity } from '../../../src/sandbox/process-identity.ts';

const FIELDS = 'S 1 10 10 0 -1 4194304 1 0 0 0 5 2 0 0 20 0 1 0 4711 8192 300 18446744073709551615';

describe('parseStat', () => {
  it.each([
    ['a plain name', `10 (java) ${FIELDS}`, '4711'],
    ['a name with blanks and parentheses', `10 (tmux: (server) 1) ${FIELDS}`, '4711'],
    ['a zombie, which runs no more', `10 (java) ${FIELDS.replace('S', 'Z')}`, undefined],
    [
      'a zombie with threads that still end',
      `10 (java) ${FIELDS.replace('S', 'Z').replace('0 1 0 4711', '0 9 0 4711')}`,
      '4711',
    ],
    ['a dead one', `10 (java) ${FIELDS.replace('S', 'X')}`, undefined],
  ])('reads %s', (_name, line, started) => expect(parseStat(line)).toBe(started));
});

describe('processIdentity', () => {
  it('stays the same while a process runs, and is gone with it', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const pid = child.pid as number;
    const identity = processIdentity(pid);
    expect(identity).toMatch(/./);
    expect(processIdentity(pid)).toBe(identity);
    expect(isSameProcess(pid, identity as string)).toBe(true);
    expect(isSameProcess(pid, `${identity}0`)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(processIdentity(pid)).toBeUndefined();
  });

  it('differs between processes started apart', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    expect(processIdentity(child.pid as number)).not.toBe(processIdentity(process.pid));
    child.kill('SIGKILL');
  });

  it('can be had from ps, as macOS needs it', () => {
    const identity = processIdentity(process.pid, 'darwin');
    expect(identity).toMatch(/\d\d:\d\d:\d\d \d{4}$/);
    expect(processIdentity(process.pid, 'darwin')).toBe(identity);
    expect(processIdentity(2 ** 22 + 1, 'darwin')).toBeUndefined();
  });
});
