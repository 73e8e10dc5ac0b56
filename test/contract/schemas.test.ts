import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { workFolder } from '../helpers/connectors.ts';
import { sluice } from '../helpers/run.ts';
import { parseDocument } from '../helpers/schema.ts';

describe('sluice schemas', () => {
  it('lists the plugins that have a schema', async () => {
    const { stdout } = await sluice(['schemas', 'list', '--json']);
    const { plugins } = parseDocument<{ plugins: { class: string; origin: string }[] }>(stdout, 'schemas-list');
    expect(plugins.length).toBeGreaterThan(80);
    expect((await sluice(['schemas', 'list'])).stdout).toContain('io.debezium.connector.mysql.MySqlConnector');
  });

  it('shows one, also by its short name', async () => {
    const { stdout } = await sluice(['schemas', 'show', 'Postgres', '--json']);
    const schema = parseDocument<{ class: string; required: string[] }>(stdout, 'schemas-show');
    expect(schema.class).toBe('io.debezium.connector.postgresql.PostgresConnector');
    expect(schema.required).toContain('topic.prefix');
    expect((await sluice(['schemas', 'show', 'Postgres'])).stdout).toContain('snapshot.mode');
  });

  it('writes schemas for editors', async () => {
    const folder = workFolder('editor-schemas');
    try {
      const { stdout } = await sluice(['schemas', 'editor', '--out', folder.path('editor'), '--json']);
      const { files } = parseDocument<{ files: { name: string }[] }>(stdout, 'schemas-editor');
      for (const { name } of files)
        expect(() => JSON.parse(readFileSync(folder.path('editor', name), 'utf8'))).not.toThrow();
      const file = folder.write('taken', 'a file');
      const refused = await sluice(['schemas', 'editor', '--out', file]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('--out');
    } finally {
      folder.remove();
    }
  });

  it.each([
    [['Postgress'], 'Did you mean'],
    [['JdbcSink'], 'Give one in full'],
    [['Postgres', '--plugin-version', '1.0'], 'schemas pull'],
  ])('%s: exit 2 with what to do', async (args, hint) => {
    const { code, stderr } = await sluice(['schemas', 'show', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
  });
});
