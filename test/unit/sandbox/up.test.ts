import { expect, it } from 'vitest';
import type { ComponentStatus, SandboxStatus } from '../../../src/sandbox/status.ts';
import { allHealthy } from '../../../src/sandbox/up.ts';

const part = (name: ComponentStatus['part'], rest: Partial<ComponentStatus> = {}): ComponentStatus => ({
  part: name,
  health: 'healthy',
  detail: '1.0',
  address: '127.0.0.1:1',
  pid: 1,
  log: `/nowhere/${name}.log`,
  ...rest,
});
const status = (...parts: ComponentStatus[]): SandboxStatus => ({
  name: 'default',
  health: parts.every(({ health }) => health === 'healthy') ? 'healthy' : 'unhealthy',
  context: 'sandbox',
  connect: null,
  kafka: null,
  metrics: null,
  databases: {},
  parts,
});

it('a sandbox that is up is healthy', () => {
  expect(allHealthy(status(part('broker'), part('worker')))).toMatchObject({ health: 'healthy', name: 'default' });
});

it('a component that is lost after its start is a failure to start', () => {
  const lost = part('worker', { health: 'dead', detail: 'its process has ended' });
  expect(() => allHealthy(status(part('broker'), lost))).toThrow(
    expect.objectContaining({
      code: 'SANDBOX_START',
      message: expect.stringContaining('worker was healthy, and then: its process has ended'),
      hint: 'Full log: /nowhere/worker.log',
    }),
  );
});
