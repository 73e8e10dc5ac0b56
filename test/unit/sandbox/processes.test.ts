import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/ports/clock.ts';
import { isSameProcess } from '../../../src/sandbox/process-identity.ts';
import { type LaunchSpec, launch, send, stopProcess } from '../../../src/sandbox/processes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-processes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shell(script: string, log = 'log'): LaunchSpec {
  return {
    command: '/bin/sh',
    args: ['-c', script],
    env: { PATH: process.env.PATH },
    cwd: folder,
    log: path.join(folder, log),
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await systemClock.sleep(20);
  }
}

describe('launch', () => {
  it('writes both streams to the log, and keeps the one of the run before', async () => {
    const log = path.join(folder, 'twice');
    const first = await launch(shell('echo one; echo two >&2', 'twice'));
    await until(() => !isSameProcess(first.pid, first.identity));
    const second = await launch(shell('echo three', 'twice'));
    await until(() => !isSameProcess(second.pid, second.identity));
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('one\ntwo\n');
    expect(readFileSync(log, 'utf8')).toBe('three\n');
  });

  it('says what cannot be executed', async () => {
    await expect(launch({ ...shell(''), command: '/does/not/exist' })).rejects.toMatchObject({
      code: 'SANDBOX_START',
      message: expect.stringContaining('/does/not/exist'),
    });
  });
});

describe('stopProcess', () => {
  it('ends a process in order', async () => {
    const mark = path.join(folder, 'ended');
    const running = await launch(shell(`trap 'touch ${mark}; exit 0' TERM; touch ready; while :; do sleep 0.05; done`));
    await until(() => existsSync(path.join(folder, 'ready')));
    expect(await stopProcess(running, 'SIGTERM', 5000, systemClock)).toBe(true);
    expect(existsSync(mark)).toBe(true);
  });

  it('kills one that does not listen', async () => {
    const running = await launch(shell("trap '' TERM; touch deaf; while :; do sleep 0.05; done"));
    await until(() => existsSync(path.join(folder, 'deaf')));
    expect(await stopProcess(running, 'SIGTERM', 200, systemClock)).toBe(true);
    expect(isSameProcess(running.pid, running.identity)).toBe(false);
  });

  it('leaves a process alone that only has the same pid', async () => {
    const stranger = await launch(shell('exec sleep 60'));
    const recorded = { pid: stranger.pid, identity: 'another boot:1' };
    expect(send(recorded, 'SIGKILL')).toBe(false);
    expect(await stopProcess(recorded, 'SIGTERM', 200, systemClock)).toBe(false);
    expect(isSameProcess(stranger.pid, stranger.identity)).toBe(true);
    expect(await stopProcess(stranger, 'SIGTERM', 5000, systemClock)).toBe(true);
  });
});
