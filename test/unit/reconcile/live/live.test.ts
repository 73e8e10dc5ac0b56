import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type CompareHooks, compareTables } from '../../../../src/reconcile/compare/compare.ts';
import type { KeyDifference } from '../../../../src/reconcile/compare/diff-buckets.ts';
import { readRows } from '../../../../src/reconcile/compare/rows.ts';
import type { TablePair } from '../../../../src/reconcile/compare/table-pair.ts';
import { compareLive } from '../../../../src/reconcile/live/live.ts';

vi.mock('../../../../src/reconcile/compare/compare.ts', () => ({ compareTables: vi.fn() }));
vi.mock('../../../../src/reconcile/compare/rows.ts', async (original) => ({
  ...(await original<object>()),
  readRows: vi.fn(),
  takeSnapshots: vi.fn(async () => {}),
  keysAtOnce: () => 100,
}));

type Kind = 'missing' | 'extra' | 'different';

const counts = (kind: Kind) => ({ missing: 0, extra: 0, different: 0, [kind]: 1 });

/** A key's states, one for each reading after the scan: a kind and its rows' version; null once the sides are equal. */
type Story = ([Kind, string] | null)[];

/** What becomes of suspicions whose rows go through these states, with fences that pass or give up. */
async function run(stories: Record<string, Story>, { versioned = true, fences = [] as (string | undefined)[] } = {}) {
  const confirmed: string[] = [];
  const settled: string[] = [];
  let reading = -1;
  vi.mocked(compareTables).mockImplementation(async (_pair, hooks) => {
    const first = Object.entries(stories).map(([key, [state]]) => ({
      key: [key],
      ...counts(state?.[0] ?? 'different'),
    }));
    hooks.onSuspicions?.(first);
    return { contradictions: [] } as unknown as Awaited<ReturnType<typeof compareTables>>;
  });
  vi.mocked(readRows).mockImplementation(async (_pair, batch) => {
    reading += 1;
    const answer: Awaited<ReturnType<typeof readRows>> = { open: [], settled: [], contradictions: [] };
    for (const one of batch) {
      const story = stories[String(one.key[0])] ?? [];
      const state = story[Math.min(reading, story.length - 1)] ?? null;
      if (state === null) answer.settled.push(one);
      else {
        const [kind, version] = state;
        const differences = [{ kind, key: one.key, rows: 1, columns: [] }];
        answer.open.push({ ...one, ...counts(kind), state: version, differences } as never);
      }
    }
    return answer;
  });
  const waits: string[] = [];
  const fence = {
    kind: 'connector' as const,
    pass: async () => {
      waits.push('fence');
      return fences[waits.length - 1];
    },
  };
  const names = (found: readonly Pick<KeyDifference, 'key'>[]) => found.map(({ key }) => String(key[0]));
  const hooks = {
    onDifferences: (found: readonly { key: KeyDifference['key'] }[]) => confirmed.push(...names(found)),
    onSettled: (found: readonly KeyDifference[]) => settled.push(...names(found)),
    onContradictions: () => {},
    onProgress: () => {},
  } as unknown as CompareHooks;
  const pair = { source: { session: {}, queries: { versioned } } } as unknown as TablePair;
  const { inFlight, undetermined, rounds, gaveUp } = await compareLive(pair, fence, hooks);
  return { confirmed, settled, inFlight, undetermined, rounds, gaveUp, fences: waits.length };
}

const none = { missing: 0, extra: 0, different: 0 };

beforeEach(() => vi.clearAllMocks());

describe('a suspicion', () => {
  it('that the snapshots themselves do not confirm is settled, and nothing waits for the pipeline', async () => {
    expect(await run({ a: [null] })).toMatchObject({ settled: ['a'], confirmed: [], inFlight: none, fences: 0 });
  });

  it('that has arrived by the next reading was in flight, without a fence', async () => {
    const story: Story = [['missing', 'v1'], null];
    expect(await run({ a: story })).toMatchObject({ confirmed: [], inFlight: { ...none, missing: 1 }, fences: 0 });
  });

  it('that is unchanged behind the fence is a difference', async () => {
    const result = await run({ a: [['different', 'v1']] });
    expect(result).toMatchObject({ confirmed: ['a'], inFlight: none, undetermined: none, fences: 1 });
  });

  it('without versions must be unchanged behind three fences: a row may change to and fro', async () => {
    const result = await run({ a: [['different', 'v1']] }, { versioned: false });
    expect(result).toMatchObject({ confirmed: ['a'], fences: 3 });
  });

  it('that was missing and arrived with other values: the row was in flight, its values differ', async () => {
    const story: Story = [
      ['missing', 'v1'],
      ['different', 'v2'],
      ['different', 'v2'],
    ];
    expect(await run({ a: story })).toMatchObject({
      confirmed: ['a'],
      inFlight: { missing: 1, extra: 0, different: -1 },
    });
  });

  it('that changes before every reading is undetermined, by what it was first', async () => {
    const story: Story = Array.from({ length: 20 }, (_, at) => [at % 2 === 0 ? 'missing' : 'different', `v${at}`]);
    const result = await run({ a: story });
    expect(result).toMatchObject({ confirmed: [], undetermined: { ...none, missing: 1 }, inFlight: none });
    expect(result.fences).toBe(result.rounds);
  });

  it('that the pipeline did not pass is undetermined, with the reason, also where it is unchanged', async () => {
    const result = await run({ a: [['extra', 'v1']], b: [['missing', 'v1'], null] }, { fences: ['not in time'] });
    expect(result).toMatchObject({
      confirmed: [],
      gaveUp: 'not in time',
      undetermined: { ...none, extra: 1 },
      inFlight: { ...none, missing: 1 },
      fences: 1,
    });
  });

  it('is judged apart from others', async () => {
    const result = await run({
      same: [['different', 'v1']],
      late: [['extra', 'v1'], ['extra', 'v1'], null],
      moving: Array.from({ length: 20 }, (_, at): [Kind, string] => ['different', `v${at}`]),
    });
    expect(result).toMatchObject({
      confirmed: ['same'],
      inFlight: { ...none, extra: 1 },
      undetermined: { ...none, different: 1 },
    });
  });
});
