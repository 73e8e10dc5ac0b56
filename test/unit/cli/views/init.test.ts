import { expect, it } from 'vitest';
import { plainStyle } from '../../../../src/cli/style.ts';
import { initView } from '../../../../src/cli/views/init.ts';

it.each([
  [[], []],
  [['shop-source'], ['SOURCE_PASSWORD']],
])('names steps in an order that works, in 80 columns: %j', (connectors, variables) => {
  const names = [
    'sluice.yaml',
    '.env.example',
    '.github/workflows/connectors.yml',
    '.githooks/pre-commit',
    '.gitignore',
  ];
  const files = names.map((file) => ({ file, outcome: 'created' as const }));
  const lines = initView
    .table({ folder: 'shop', files, connectors, variables, hookRunner: null }, plainStyle)
    .split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const at = (text: string) => lines.findIndex((line) => line.startsWith(`  ${text}`));
  // Before its variables have values, even empty ones, a connector has warnings.
  if (variables.length > 0) expect(at('cp .env.example .env')).toBeLessThan(at('sluice validate'));
  expect(at('sluice plan')).toBeGreaterThan(at(connectors.length > 0 ? 'sluice validate' : 'sluice export'));
});
