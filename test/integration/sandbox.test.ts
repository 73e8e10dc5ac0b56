import { describe, expect, it } from 'vitest';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';

describe('sluice sandbox status', () => {
  it('finds every part of the shared sandbox healthy', async () => {
    const result = await sluice(['sandbox', 'status', '--name', sandbox.name, '--json']);
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ health: 'healthy', connect: { url: sandbox.connectUrl } });
  });
});
