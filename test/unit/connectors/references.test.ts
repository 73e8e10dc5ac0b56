import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resolveValue } from '../../../src/connectors/references.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';

it('reports the values of variables in order', () => {
  const part = fc.constantFrom('${A}', '${B}', '${A:-x}', '${C:-x}', '$${', '$', '{', '}', 'a', '.*', '${topic}');
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const { value, filled } = resolveValue(parts.join(''), { A: 'value', B: 'a-value' });
      expect(filled).toEqual(
        [...parts.join('').matchAll(/(?<!\$)\$\{(A|B)(?::-x)?\}/g)].map(([, name]) =>
          name === 'A' ? 'value' : 'a-value',
        ),
      );
      let from = 0;
      for (const one of filled) from = value.indexOf(one, from) + one.length;
      expect(from).toBeLessThanOrEqual(value.length);
    }),
  );
});

it('hides each of several variables in one value separately', () => {
  const { value, filled } = resolveValue('${A}-${B}', { A: 'x-y', B: 'hidden99' });
  const config = { 'some.url': value };
  const written = { 'some.url': '${A}-${B}' };
  expect(configSecrets({ config, written, filled: new Map([['some.url', filled]]) }).values()).toContain('hidden99');
});
