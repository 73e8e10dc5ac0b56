import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../../src/config/package-root.ts';
import { isLocked, takeLock, withLock } from '../../../src/files/lock.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { temporaryFolder } from '../../helpers/programs.ts';

const { folder, remove } = temporaryFolder('lock');
afterAll(remove);

const options = { clock: systemClock, signal: new AbortController().signal };

describe('withLock', () => {
  it('lets one at a time work, and tells the other that it waits', async () => {
    const file = path.join(folder, 'one', 'at-a-time');
    const events: string[] = [];
    const begun = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    const first = withLock(file, options, async () => {
      events.push('a begins');
      begun.resolve();
      await waiting.promise;
      events.push('a ends');
    });
    await begun.promise;
    const onWait = () => {
      events.push('b waits');
      waiting.resolve();
    };
    await withLock(file, { ...options, onWait }, async () => void events.push('b begins', 'b ends'));
    await first;
    expect(events).toEqual(['a begins', 'b waits', 'a ends', 'b begins', 'b ends']);
  });

  it('shows whether the lock is held, without taking it', async () => {
    const file = path.join(folder, 'shown');
    expect(isLocked(file)).toBe(false);
    await withLock(file, options, async () => expect(isLocked(file)).toBe(true));
    expect(isLocked(file)).toBe(false);
  });

  it('gives the lock back when the work fails', async () => {
    const file = path.join(folder, 'failing');
    await expect(
      withLock(file, options, async () => {
        throw new Error('no luck');
      }),
    ).rejects.toThrow('no luck');
    expect(await withLock(file, options, async () => 'mine')).toBe('mine');
  });

  it('waits for another process, and is free when that is killed', async () => {
    const file = path.join(folder, 'killed');
    const module = packagePath('src', 'files', 'lock.ts');
    const child = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { isLocked, takeLock, withLock } from ${JSON.stringify(module)};
       const clock = { now: () => new Date(), sleep: (ms) => new Promise((done) => setTimeout(done, ms)) };
       await withLock(${JSON.stringify(file)}, { clock, signal: new AbortController().signal }, async () => {
         console.log('held');
         await clock.sleep(60_000);
       });`,
    ]);
    await once(child.stdout, 'data');
    const controller = new AbortController();
    const waiting = withLock(file, { ...options, signal: controller.signal }, async () => 'never');
    controller.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');
    child.kill('SIGKILL');
    expect(await withLock(file, options, async () => 'mine')).toBe('mine');
  });

  it('is taken at once or not at all by takeLock, and kept until it is disposed of', async () => {
    const file = path.join(folder, 'taken');
    const lock = takeLock(file);
    expect(lock).toBeDefined();
    expect(takeLock(file)).toBeUndefined();
    expect(isLocked(file)).toBe(true);
    lock?.[Symbol.dispose]();
    using again = takeLock(file);
    expect(again).toBeDefined();
  });

  it('lets the system say why a lock cannot be made', async () => {
    await expect(withLock(folder, options, async () => {})).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
