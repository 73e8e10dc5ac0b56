import { describe, expect, it } from 'vitest';
import { guardContext, operationText } from '../../../src/cli/guard.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';

const deaf = { canAsk: false } as Terminal;
const prod = { name: 'prod', protected: true };
const { signal } = new AbortController();

describe('a protected context', () => {
  it('wants its own name', async () => {
    await expect(guardContext(prod, undefined, deaf, signal)).rejects.toMatchObject({ code: 'CONTEXT_PROTECTED' });
    await expect(guardContext(prod, 'dev', deaf, signal)).rejects.toThrow('but --confirm names "dev"');
    await guardContext(prod, 'prod', deaf, signal);
    await guardContext({ name: 'dev', protected: false }, undefined, deaf, signal);
  });

  it('is asked about with what will be done', () => {
    expect(operationText('pause', ['a', 'b'])).toBe('pause a, b');
    expect(operationText('restart', ['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('restart a, b, c, d, e and 2 others');
  });
});
