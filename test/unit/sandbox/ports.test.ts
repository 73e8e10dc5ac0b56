import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SANDBOX_PORTS } from '../../../src/config/sandbox-record.ts';
import { answers, choosePorts, FIRST_PORTS, LOOPBACK, portIsFree } from '../../../src/sandbox/ports.ts';

const allFree = async () => true;
const none: ReadonlySet<never> = new Set();

describe('choosePorts', () => {
  it('begins at the first ports', async () => {
    expect(await choosePorts({}, none, new Set(), allFree)).toEqual(FIRST_PORTS);
  });

  it('takes the ports of the last start again', async () => {
    expect(await choosePorts({ worker: 20_001 }, none, new Set(), allFree)).toMatchObject({ worker: 20_001 });
  });

  it('moves past ports that are busy or another sandbox’s', async () => {
    const busy = new Set([FIRST_PORTS.worker, FIRST_PORTS.worker + 1]);
    const ports = await choosePorts({}, none, new Set([FIRST_PORTS.worker + 2]), async (port) => !busy.has(port));
    expect(ports.worker).toBe(FIRST_PORTS.worker + 3);
    expect(ports.broker).toBe(FIRST_PORTS.broker);
  });

  it('moves on from the port of the last start if that is busy now', async () => {
    const ports = await choosePorts({ source: 16_000 }, none, new Set(), async (port) => port !== 16_000);
    expect(ports.source).toBe(FIRST_PORTS.source);
  });

  it('leaves the ports of running parts to them, though they are busy', async () => {
    const running = new Set(['broker', 'controller'] as const);
    const before = { ...FIRST_PORTS, broker: 21_000 };
    const ports = await choosePorts(before, running, new Set(), async (port) => port !== 21_000);
    expect(ports.broker).toBe(21_000);
  });

  it('says so if no port is free', async () => {
    await expect(choosePorts({}, none, new Set(), async () => false)).rejects.toMatchObject({ code: 'SANDBOX_START' });
  });

  it('gives each name a port of its own that is neither busy nor taken', async () => {
    const port = fc.integer({ min: 13_300, max: 19_300 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(port, { maxLength: 60 }),
        fc.uniqueArray(port, { maxLength: 60 }),
        fc.dictionary(fc.constantFrom(...SANDBOX_PORTS), port),
        async (busy, taken, previous) => {
          const ports = await choosePorts(previous, none, new Set(taken), async (one) => !busy.includes(one));
          const chosen = SANDBOX_PORTS.map((name) => ports[name]);
          expect(new Set(chosen).size).toBe(SANDBOX_PORTS.length);
          expect(chosen.filter((one) => busy.includes(one) || taken.includes(one))).toEqual([]);
        },
      ),
    );
  });
});

describe('portIsFree', () => {
  it.each([LOOPBACK, '0.0.0.0'])('sees a listener on %s', async (host) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as { port: number };
    expect(await portIsFree(port)).toBe(false);
    expect(await answers(port)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await portIsFree(port)).toBe(true);
    expect(await answers(port)).toBe(false);
  });
});
