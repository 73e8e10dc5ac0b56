import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deployOrder } from '../../../src/deploy/steps.ts';
import type { ConnectorChange } from '../../../src/plan/diff.ts';

const change = (name: string, config: Record<string, string>) =>
  ({ name, action: 'create', desired: { name, config } }) as unknown as ConnectorChange;

const names = (order: ReturnType<typeof deployOrder>) =>
  Object.fromEntries(
    Object.entries(order).map(([kind, changes]) => [kind, changes.map((one: ConnectorChange) => one.name)]),
  );

describe('the order of a deploy', () => {
  const source = change('source', { 'topic.prefix': 'shop' });
  const other = change('other', { 'topic.prefix': 'crm' });
  const sink = change('sink', { topics: 'shop.public.orders' });

  it('has sinks after the sources whose topics they read, in any order of the files', () => {
    expect(names(deployOrder([sink, source, other]))).toEqual({
      sources: ['source', 'other'],
      feedingSources: ['source'],
      sinks: ['sink'],
    });
  });

  it('has a sink that reads no topic of this deploy with the sources', () => {
    const elsewhere = change('elsewhere', { topics: 'erp.public.items' });
    expect(names(deployOrder([elsewhere, source]))).toEqual({
      sources: ['elsewhere', 'source'],
      feedingSources: [],
      sinks: [],
    });
  });

  it('has each change once, and every feeding source among the sources', () => {
    const config = fc.oneof(
      fc.constantFrom('a', 'b', 'c').map((prefix) => ({ 'topic.prefix': prefix })),
      fc.constantFrom('a.x', 'b.y', 'd.z').map((topics) => ({ topics })),
      fc.constantFrom('a\\..*', '.*', 'd').map((regex) => ({ 'topics.regex': regex })),
    );
    fc.assert(
      fc.property(fc.array(config, { maxLength: 8 }), (configs) => {
        const changes = configs.map((one, at) => change(`c${at}`, one));
        const { sources, feedingSources, sinks } = deployOrder(changes);
        expect([...sources, ...sinks].map(({ name }) => name).sort()).toEqual(changes.map((one) => one.name).sort());
        for (const one of feedingSources) expect(sources).toContain(one);
        expect(feedingSources.length > 0).toBe(sinks.length > 0);
      }),
    );
  });
});
