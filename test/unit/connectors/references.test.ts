import fc from 'fast-check';
import { expect, it } from 'vitest';
import { literalsOf, resolveValue } from '../../../src/connectors/references.ts';

it('the texts around variables, with the values between them, are the resolved value', () => {
  const part = fc.constantFrom('${A}', '${A:-x}', '$${', '$', '{', '}', 'a', '.*', '${topic}', '${file:/a:b}');
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const written = parts.join('');
      expect(literalsOf(written).join('value')).toBe(resolveValue(written, { A: 'value' }).value);
    }),
  );
});
