import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { yamlOf } from '../../../src/export/export.ts';

it('what is exported is text to YAML 1.1, and to Kubernetes, too', async () => {
  const config = { a: 'yes', b: '010', c: '1_000', d: 'off', e: '0o17', f: 'true', g: '8', h: 'orders', i: '' };
  const text = await yamlOf({ config });
  expect(parse(text, { version: '1.1' })).toEqual({ config });
  expect(parse(text)).toEqual({ config });
  expect(text).toContain('e: "0o17"');
  expect(text).toContain('h: orders\n');
});
