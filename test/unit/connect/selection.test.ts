import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertSelection, narrow, type Selection, selectConnectors } from '../../../src/connect/selection.ts';
import { SELECTABLE_STATES, type SelectableState } from '../../../src/connect/states.ts';
import type { ConnectorState, ListedConnector, Listing } from '../../../src/connect/types.ts';
import { SluiceError } from '../../../src/errors/error.ts';

function connector(
  name: string,
  type: 'source' | 'sink' | 'unknown' = 'sink',
  states: readonly ConnectorState[] = ['RUNNING', 'RUNNING'],
  connectorClass = 'io.debezium.connector.jdbc.JdbcSinkConnector',
): ListedConnector {
  const [state = 'RUNNING', ...tasks] = states;
  return {
    name,
    info: { name, config: { 'connector.class': connectorClass }, tasks: [], type },
    status: {
      name,
      type,
      connector: { state, worker_id: 'w' },
      tasks: tasks.map((one, id) => ({ id, state: one, worker_id: 'w' })),
    },
  };
}

const cluster: Listing = {
  connectors: [
    connector('orders-source', 'source', ['RUNNING', 'RUNNING'], 'io.debezium.connector.postgresql.PostgresConnector'),
    connector('orders-sink'),
    connector('orders-archive', 'sink', ['RUNNING', 'RUNNING', 'FAILED']),
    connector('users-sink', 'sink', ['PAUSED', 'PAUSED']),
    connector('users*', 'sink', ['STOPPED']),
  ],
  unreadable: [],
};

async function select(selection: Partial<Selection>, listing: Listing = cluster) {
  const known = [...listing.connectors, ...listing.unreadable].map(({ name }) => name);
  const client = { list: async () => known, listing: async () => listing };
  const whole = { names: [], ...selection };
  assertSelection(whole, 'pause');
  return selectConnectors(client, whole);
}

describe('a selection', () => {
  it.each<[string, Partial<Selection>, string[]]>([
    ['a name', { names: ['orders-sink'] }, ['orders-sink']],
    ['a name twice', { names: ['orders-sink', 'orders-sink'] }, ['orders-sink']],
    ['a name that does not exist, which the operation reports', { names: ['nosuch'] }, ['nosuch']],
    ['a glob', { names: ['orders-*'] }, ['orders-source', 'orders-sink', 'orders-archive']],
    ['a glob and a name in it', { names: ['orders-sink', 'orders-s*'] }, ['orders-sink', 'orders-source']],
    ['? for one character', { names: ['?sers-sink'] }, ['users-sink']],
    ['an existing name with an asterisk, which is no glob then', { names: ['users*'] }, ['users*']],
    ['all', { all: true }, ['orders-source', 'orders-sink', 'orders-archive', 'users-sink', 'users*']],
    ['a type', { type: 'source' }, ['orders-source']],
    ['all of a type', { all: true, type: 'source' }, ['orders-source']],
    ['a class', { class: 'PostgresConnector' }, ['orders-source']],
    ['a class with its package', { class: 'io.debezium.connector.postgresql.*' }, ['orders-source']],
    ['a state of a task', { state: ['failed'] }, ['orders-archive']],
    ['running, which may have failed too', { state: ['running'] }, ['orders-source', 'orders-sink', 'orders-archive']],
    ['several states', { state: ['paused', 'stopped'] }, ['users-sink', 'users*']],
    ['a glob and a state', { names: ['orders-*'], state: ['failed', 'paused'] }, ['orders-archive']],
    ['a name that does not fit the state', { names: ['orders-sink'], state: ['failed'] }, []],
    [
      'an absent name beside a criterion',
      { names: ['nosuch', 'orders-*'], type: 'source' },
      ['orders-source', 'nosuch'],
    ],
    ['a state that none is in', { state: ['restarting'] }, []],
  ])('takes %s', async (_what, selection, names) => {
    expect(await select(selection)).toEqual({ names, undecided: [] });
  });

  it.each<[string, Partial<Selection>, string, RegExp]>([
    ['nothing', {}, 'REQUEST_INVALID', /^pause which connector\?$/],
    ['names and all', { names: ['a'], all: true }, 'REQUEST_INVALID', /cannot be combined/],
    ['a glob that fits nothing', { names: ['ordres-*'] }, 'CONNECTOR_NOT_FOUND', /^no connector matches ordres-\*$/],
    ['one of two globs that fits nothing', { names: ['orders-*', 'x*'] }, 'CONNECTOR_NOT_FOUND', /matches x\*$/],
    ['a class that fits nothing', { class: '*JdbcSnk*' }, 'CONNECTOR_NOT_FOUND', /no connector has a class/],
  ])('refuses %s', async (_what, selection, code, message) => {
    const error = await select(selection).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('names the nearest where a glob fits nothing', async () => {
    await expect(select({ names: ['order-sik*'] })).rejects.toMatchObject({ hint: 'Did you mean orders-sink?' });
  });

  it('does not decide about what cannot be read', async () => {
    const error = new SluiceError('CONNECT_REJECTED', '"orders-lost" cannot be read');
    const listing = { ...cluster, unreadable: [{ name: 'orders-lost', error }] };
    const some = await select({ names: ['orders-*'], state: ['failed'] }, listing);
    expect(some).toEqual({ names: ['orders-archive'], undecided: [{ name: 'orders-lost', error }] });
    // By its name alone it is ruled out, or selected.
    expect(await select({ names: ['users-*'], state: ['failed'] }, listing)).toEqual({ names: [], undecided: [] });
    expect((await select({ names: ['orders-l*'] }, listing)).names).toEqual(['orders-lost']);
  });

  it('does not take a connector of unknown type for a sink, nor for another', async () => {
    const listing: Listing = { connectors: [connector('x', 'unknown')], unreadable: [] };
    const { names, undecided } = await select({ type: 'sink' }, listing);
    expect(names).toEqual([]);
    expect(undecided).toMatchObject([{ name: 'x', error: { code: 'CONNECT_BAD_ANSWER' } }]);
  });
});

const STATES: ConnectorState[] = ['RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'UNASSIGNED', 'RESTARTING'];
const anyConnector = fc
  .tuple(
    fc.stringMatching(/^[ab*?.-]{1,4}$/),
    fc.constantFrom('source', 'sink', 'unknown'),
    fc.array(fc.constantFrom(...STATES), { minLength: 1, maxLength: 3 }),
  )
  .map(([name, type, states]) => connector(name, type as 'source', states));
const anyListing = fc
  .uniqueArray(anyConnector, { selector: ({ name }) => name, maxLength: 6 })
  .map((connectors): Listing => ({ connectors, unreadable: [] }));

describe('for any cluster', () => {
  it('types divide what can be decided', () => {
    fc.assert(
      fc.property(anyListing, (listing) => {
        const [sources, sinks] = (['source', 'sink'] as const).map((type) => narrow(listing, { names: [], type }));
        expect(sources?.unreadable.map(({ name }) => name)).toEqual(sinks?.unreadable.map(({ name }) => name));
        const divided = [sources?.connectors, sinks?.connectors, sources?.unreadable];
        const parts = divided.flatMap((part) => (part ?? []).map(({ name }) => name));
        expect(parts.sort()).toEqual(listing.connectors.map(({ name }) => name).sort());
      }),
    );
  });

  it('a further criterion never selects more, and several states select what each of them does', () => {
    const anyState = fc.subarray([...SELECTABLE_STATES], { minLength: 1 });
    fc.assert(
      fc.property(anyListing, anyState, (listing, state) => {
        const of = (some: readonly SelectableState[]) =>
          narrow(listing, { names: [], state: some }).connectors.map(({ name }) => name);
        const each = new Set(state.flatMap((one) => of([one])));
        expect(of(state).sort()).toEqual([...each].sort());
        const sinks = narrow(listing, { names: [], state, type: 'sink' }).connectors.map(({ name }) => name);
        expect(of(state)).toEqual(expect.arrayContaining(sinks));
      }),
    );
  });

  it('every existing name selects exactly itself, even if it is a glob', () => {
    fc.assert(
      fc.asyncProperty(anyListing, async (listing) => {
        for (const { name } of listing.connectors)
          expect(await select({ names: [name] }, listing)).toEqual({ names: [name], undecided: [] });
      }),
    );
  });
});
