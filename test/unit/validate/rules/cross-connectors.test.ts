import { describe, expect, it } from 'vitest';
import { readText } from '../../../../src/connectors/files.ts';
import { validateConnectors } from '../../../../src/validate/validate.ts';
import { BASES, store } from '../check.ts';

type Entry = [file: string, name: string, config: Record<string, string>];

async function together(...entries: Entry[]): Promise<string[]> {
  const connectors = [];
  for (const [file, name, config] of entries) {
    const read = await readText(JSON.stringify({ name, config }), { file, origin: 'named' }, { environment: {} });
    connectors.push(...read.connectors);
  }
  const findings = await validateConnectors(connectors, store);
  return findings.map(({ severity, rule, file, key }) => `${severity} ${rule} ${file} ${key}`);
}

const pg = (more: Record<string, string>) => ({ ...BASES.postgres, ...more });

describe('what connectors must not share', () => {
  it('a name, in one folder', async () => {
    expect(await together(['a.json', 'x', BASES.file], ['b.json', 'x', BASES.file])).toEqual([
      'error duplicate-name b.json name',
    ]);
  });

  it('a name, in folders of different clusters: a warning', async () => {
    expect(await together(['dev/a.json', 'x', BASES.file], ['prod/a.json', 'x', BASES.file])).toEqual([
      'warning duplicate-name prod/a.json name',
    ]);
  });

  it('a slot, also the default one, on one server', async () => {
    const own = { 'topic.prefix': 'other' };
    expect(await together(['a.json', 'a', pg({})], ['b.json', 'b', pg(own)])).toEqual([
      'error shared-slot b.json slot.name',
    ]);
    expect(
      await together(['a.json', 'a', pg({})], ['b.json', 'b', pg({ ...own, 'database.hostname': 'elsewhere' })]),
    ).toEqual([]);
  });

  it('a publication that each of them sets to its own tables', async () => {
    const filtered = { 'publication.autocreate.mode': 'filtered', 'publication.name': 'p' };
    expect(
      await together(
        ['a.json', 'a', pg({ ...filtered, 'slot.name': 'a' })],
        ['b.json', 'b', pg({ ...filtered, 'slot.name': 'b', 'topic.prefix': 'other' })],
      ),
    ).toEqual(['warning shared-publication b.json publication.name']);
  });

  it('a server id, a schema history topic and a topic prefix', async () => {
    expect(await together(['a.json', 'a', BASES.mysql], ['b.json', 'b', BASES.mysql])).toEqual([
      'error shared-server-id b.json database.server.id',
      'warning shared-topic-prefix b.json topic.prefix',
      'warning shared-history-topic b.json schema.history.internal.kafka.topic',
    ]);
  });

  it('but what is not known here may well differ', async () => {
    const unknown = pg({ 'slot.name': '${SLOT}', 'topic.prefix': '${PREFIX}' });
    expect(await together(['a.json', 'a', unknown], ['b.json', 'b', unknown])).toEqual([]);
  });
});
