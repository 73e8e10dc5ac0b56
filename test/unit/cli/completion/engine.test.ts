import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CompletionManifest, complete, type Kind, type Typed } from '../../../../src/cli/completion/engine.ts';
import { packagePath } from '../../../../src/config/package-root.ts';

const manifest = JSON.parse(readFileSync(packagePath('oclif.manifest.json'), 'utf8')) as CompletionManifest;
const NAMES: Record<Kind, string[]> = {
  classes: ['JdbcSinkConnector'],
  connectors: ['--all', 'orders-sink', 'orders-source', 'my sink', 'a\nb', '\u202eevil'],
  contexts: ['dev', 'production'],
  databases: ['shop', 'warehouse'],
  files: ['connectors/', 'connectors.yaml'],
  pairs: ['nightly'],
  placeholders: ['name='],
  rules: ['no-heartbeat'],
  sandboxes: ['default'],
  tables: ['public.orders'],
  templates: ['debezium-postgres-source'],
};
const asked: Typed[] = [];

async function values(line: string): Promise<string[]> {
  const found = await complete(line.split(' '), manifest, async (kind, typed) => {
    asked.push(typed);
    return NAMES[kind];
  });
  return found.map(({ value }) => value);
}

describe('completion', () => {
  it.each([
    ['pau', ['pause']],
    ['maintenance ', ['end', 'list', 'start']],
    ['-c dev stat', ['status']],
    ['help reconcile sch', ['schedule']],
    ['autocomplete', []],
    ['nosuch ', []],
    // Flags, each once, and their values.
    ['pause --dr', ['--dry-run']],
    ['pause --dry-run --dr', []],
    ['status --env-file a --env-f', ['--env-file']],
    ['pause --no-w', ['--no-wait']],
    ['status --type ', ['sink', 'source']],
    ['status --type=so', ['--type=source']],
    ['status --state failed,pa', ['failed,paused']],
    ['-c ', ['dev', 'production']],
    ['--context=p', ['--context=production']],
    ['pause --confirm ', ['dev', 'production']],
    ['plan --only orders-si', ['orders-sink']],
    ['loggers set org.x D', ['DEBUG']],
    ['loggers set org.x -l W', ['WARN']],
    ['pause --timeout ', []],
    // Names, only where one is expected.
    ['pause ', ['my sink', 'orders-sink', 'orders-source']],
    ['pause orders-sink orders', ['orders-source']],
    ['pause -- orders-so', ['orders-source']],
    // A name that looks like a flag.
    ['pause -- --', ['--all']],
    ['plan --only -', []],
    ['rules show no-heartbeat ', []],
    ['history orders', []],
    ['reconcile --source sh', ['shop']],
    ['reconcile ', ['history', 'merge', 'public.orders', 'schedule']],
    ['reconcile --pair ', ['nightly']],
    ['reconcile schedule ', ['nightly']],
    ['template show ', ['debezium-postgres-source']],
    ['context use ', ['dev', 'production']],
    ['template render x --set ', ['name=']],
    ['rules show ', ['no-heartbeat']],
    ['schemas show Jd', ['JdbcSinkConnector']],
    ['sandbox down --name ', ['default']],
    ['sandbox logs so', ['source']],
    ['validate con', ['connectors.yaml', 'connectors/']],
    ['deploy --plan con', ['connectors.yaml', 'connectors/']],
    ['render --file con', ['connectors.yaml', 'connectors/']],
    ['schemas pull --out con', ['connectors.yaml', 'connectors/']],
    ['offsets restore --backup con', ['connectors.yaml', 'connectors/']],
    ['offsets set orders-source --source-file=con', ['--source-file=connectors.yaml', '--source-file=connectors/']],
  ])('of "%s"', async (line, expected) => expect(await values(line)).toEqual(expected));

  it('offers files for every flag that takes one', async () => {
    for (const [id, { flags }] of Object.entries(manifest.commands))
      for (const { name, helpValue } of Object.values(flags))
        if (helpValue === 'FILE' || helpValue === 'DIR')
          expect([id, name, await values(`${id.replaceAll(':', ' ')} --${name} `)]).toEqual([
            id,
            name,
            NAMES.files.toSorted(),
          ]);
  });

  it('offers no name that ends a line or turns text around', async () => {
    expect(await values('pause a')).toEqual([]);
    expect(await values('pause \u202e')).toEqual([]);
  });

  it('knows the context of the line, wherever it is', async () => {
    asked.length = 0;
    for (const line of ['-c dev pause ', 'pause -c dev ', 'pause --context=dev orders-sink ']) await values(line);
    expect(asked.map(({ flags }) => flags.get('context'))).toEqual([['dev'], ['dev'], ['dev']]);
  });
});
