import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { openSession } from '../../../src/databases/open.ts';
import type { SluiceError } from '../../../src/errors/error.ts';
import { listeners } from '../../helpers/listener.ts';

const listen = listeners();

/** Asks for the password in clear, and says it again. */
function postgres(socket: Socket): void {
  let asked = false;
  socket.on('data', () => {
    if (!asked) {
      asked = true;
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
      return;
    }
    const fields = Buffer.from('SFATAL\0VFATAL\0C28P01\0Mwhat was sent is geheim-1, which is wrong\0\0');
    const head = Buffer.from([0x45, 0, 0, 0, 0]);
    head.writeInt32BE(fields.length + 4, 1);
    socket.end(Buffer.concat([head, fields]));
  });
}

function mysql(socket: Socket): void {
  const body = Buffer.from(`\xff\x15\x04#28000Access denied with geheim-1`, 'latin1');
  socket.end(Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body]));
}

it.each([
  ['postgres', postgres],
  ['mysql', mysql],
])('masks the password that a server of %s says again', async (scheme, talk) => {
  const port = await listen(talk);
  const url = `${scheme}://u:geheim-1@127.0.0.1:${port}/db${scheme === 'postgres' ? '?sslmode=disable' : ''}`;
  const options = { statementTimeout: 1_000, connectTimeout: 1_000, maskErrors: false };
  const error = await openSession({ name: 'shop', url }, options as never).then(
    () => undefined,
    (thrown: SluiceError) => thrown,
  );
  expect(error?.code).toBe('DATABASE_UNAUTHORIZED');
  for (let one: unknown = error; one instanceof Error; one = one.cause) expect(one.stack).not.toContain('geheim-1');
  expect(error?.message).not.toContain('geheim-1');
});
