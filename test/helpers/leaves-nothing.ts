import { afterAll, beforeAll, expect } from 'vitest';
import { query } from './query.ts';
import { sandbox } from './sandbox.ts';

/** What a file of tests leaves in its sandbox is in the way of the next one: a publication of all tables, for one, forbids its deletes. */
async function present(): Promise<string[]> {
  const connectors = (await (await fetch(`${sandbox.connectUrl}/connectors`)).json()) as string[];
  const replication = await Promise.all(
    [sandbox.source, sandbox.target].map((database) =>
      query(
        database,
        `SELECT 'publication ' || pubname AS name FROM pg_publication
         UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database = current_database()`,
      ),
    ),
  );
  return [
    ...connectors.map((name) => `connector ${name}`),
    ...(replication.flat() as { name: string }[]).map(({ name }) => name),
  ];
}

let before: string[];
beforeAll(async () => {
  before = await present();
});

afterAll(async () => {
  const left = (await present()).filter((name) => !before.includes(name));
  expect(left, 'this file leaves in the sandbox').toEqual([]);
});
