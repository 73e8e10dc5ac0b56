import { describe, expect, it } from 'vitest';
import { applyTopics, topicChanges } from '../../../src/deploy/topics.ts';
import { SluiceError } from '../../../src/errors/error.ts';
import { diffTopic } from '../../../src/plan/topics.ts';
import { silentProgress } from '../../../src/ports/progress.ts';
import type { DesiredTopic, LiveTopic, TopicPort } from '../../../src/ports/topics.ts';

const desired = (name: string, partitions = 2): DesiredTopic => ({ name, declaredBy: name, partitions, configs: {} });
const live = (name: string, partitions: number): LiveTopic => ({ name, partitions, replicationFactor: 1, configs: {} });
const refusal = (name: string) => new SluiceError('KAFKA_REJECTED', `${name} refused`, { hint: 'Look.' });

/** A Kafka that has `there`, does what it is told, and fails (after doing it, or instead) where it is asked to. */
function kafka(there: LiveTopic[], fails: Record<string, 'before' | 'after'> = {}) {
  const topics = new Map(there.map((topic) => [topic.name, topic]));
  const calls: string[] = [];
  const carryOut = async (call: string, name: string, change: () => void) => {
    calls.push(call);
    if (fails[name] !== 'before') change();
    if (fails[name] !== undefined) throw refusal(name);
  };
  const port: TopicPort = {
    names: async () => [...topics.keys()],
    describe: async (names) => new Map([...topics].filter(([name]) => names.includes(name))),
    create: ({ name, partitions = 1 }) =>
      carryOut(`create ${name}`, name, () => topics.set(name, live(name, partitions))),
    setConfigs: (name) => carryOut(`configs ${name}`, name, () => {}),
    addPartitions: (name, count) =>
      carryOut(`partitions ${name} ${count}`, name, () => topics.set(name, live(name, count))),
    [Symbol.asyncDispose]: async () => {
      calls.push('closed');
    },
  };
  return { port, calls };
}

function apply(fake: ReturnType<typeof kafka>, wanted: DesiredTopic[], there: LiveTopic[], abort?: AbortController) {
  const applied = new Set<string>();
  const changes = wanted.map((topic) =>
    diffTopic(
      topic,
      there.find(({ name }) => name === topic.name),
    ),
  );
  const run = applyTopics(changes, {
    open: async () => fake.port,
    context: 'dev',
    signal: (abort ?? new AbortController()).signal,
    progress: silentProgress,
    applied,
  });
  return { run, applied };
}

describe('applyTopics', () => {
  it('applies what differs, and closes Kafka', async () => {
    const there = [live('b', 1), live('c', 2)];
    const fake = kafka(there);
    const { run, applied } = apply(fake, [desired('a'), desired('b'), desired('c')], there);
    await run;
    expect(fake.calls).toEqual(['create a', 'partitions b 2', 'closed']);
    expect([...applied]).toEqual(['a', 'b']);
  });

  it('does not open Kafka if nothing differs', async () => {
    const there = [live('a', 2)];
    const fake = kafka(there);
    await apply(fake, [desired('a')], there).run;
    expect(fake.calls).toEqual([]);
  });

  it.each(['a', 'b'])('counts %s as done if only the response was lost', async (name) => {
    const there = [live('b', 1)];
    const fake = kafka(there, { [name]: 'after' });
    const { run, applied } = apply(fake, [desired(name)], there);
    await run;
    expect([...applied]).toEqual([name]);
  });

  it('tries every one, and reports what was done and what was not', async () => {
    const fake = kafka([], { a: 'before' });
    const { run, applied } = apply(fake, [desired('a'), desired('b')], []);
    await expect(run).rejects.toMatchObject({
      code: 'KAFKA_REJECTED',
      message: 'topic a: a refused; done: b; no connector was written',
      hint: 'Look.',
    });
    expect([...applied]).toEqual(['b']);
    expect(fake.calls.at(-1)).toBe('closed');
  });

  it('starts no further one after Ctrl-C', async () => {
    const abort = new AbortController();
    const fake = kafka([]);
    const { create } = fake.port;
    fake.port.create = async (topic) => {
      await create(topic);
      abort.abort(new SluiceError('INTERRUPTED', 'interrupted'));
    };
    const { run, applied } = apply(fake, [desired('a'), desired('b')], [], abort);
    await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect([...applied]).toEqual(['a']);
  });
});

describe('topicChanges', () => {
  const wanted = { connectors: [], narrowed: false, context: 'dev', signal: new AbortController().signal };

  it('does not ask Kafka if nothing is declared', async () => {
    expect(await topicChanges({ ...wanted, rules: [], open: undefined })).toEqual([]);
  });

  it('needs a context with Kafka', async () => {
    const rules = [{ match: 'a', configs: {} }];
    await expect(topicChanges({ ...wanted, rules, open: undefined })).rejects.toMatchObject({
      code: 'PROJECT_INVALID',
      hint: expect.stringContaining('contexts.dev.kafka.bootstrapServers'),
    });
  });
});
