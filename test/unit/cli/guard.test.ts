import { describe, expect, it } from 'vitest';
import { guardContext, listText, operationText } from '../../../src/cli/guard.ts';
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
    expect(operationText({ verb: 'pause', names: ['a', 'b'] })).toBe('pause a, b');
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(operationText({ verb: 'restart', names })).toBe('restart 7 connectors (a, b, c, d, e and 2 others)');
    expect(listText(names)).toBe('  a\n  b\n  c\n  d\n  e\n  f\n  g');
    expect(listText(names.slice(2))).toBeUndefined();
  });
});
