import { expect, it } from 'vitest';
import { shapeConnector } from '../../../src/connectors/document-kinds.ts';
import { PLAN_KIND } from '../../../src/plan/saved.ts';

it('knows a saved plan, which terraform would apply as an argument', () => {
  const { connector, problems } = shapeConnector({ kind: PLAN_KIND, version: 1, connectors: [] });
  expect(connector).toBeUndefined();
  expect(problems).toMatchObject([
    { rule: 'not-a-connector', message: 'a saved plan, not a connector', hint: 'Deploy it with `plan`.' },
  ]);
});
