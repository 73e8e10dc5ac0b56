import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { packagePath } from '../../src/config/package-root.ts';
import { type Benchmark, type Figure, option, pairedRatio, peakMemory, time } from './bench.ts';

const node = process.execPath;
const sluice = packagePath('bin', 'run.js');
const PLUGIN = 'io.debezium.connector.postgresql.PostgresConnector';

/**
 * `sluice validate` against check-jsonschema (PyPI) on the same flat files with the same schema. Without it on the PATH
 * (or in CHECK_JSONSCHEMA) only our own figures are reported. Option: `--before FOLDER` (another commit, built, to be compared
 * with).
 */
export const validate: Benchmark = {
  name: 'validate',
  async run(options) {
    const rival = findRival();
    const before = option(options, '--before');
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-validate-'));
    try {
      const schema = writeSchema(folder);
      const figures: Figure[] = [];
      for (const { count, least, runs } of [
        { count: 1, least: 2, runs: 11 },
        { count: 1_000, least: 2, runs: 5 },
        { count: 10_000, least: 4, runs: 3 },
      ]) {
        const files = writeFiles(path.join(folder, String(count)), count);
        const ours = () => time(node, [sluice, 'validate', path.dirname(files[0] ?? '')]);
        const label = `${count.toLocaleString('en')} file${count === 1 ? '' : 's'}`;
        if (rival) {
          const theirs = () => time(rival, ['--schemafile', schema, ...files]);
          figures.push({
            name: `check-jsonschema / sluice validate, ${label}`,
            value: await pairedRatio(theirs, ours, runs),
            unit: '×',
            target: { least },
          });
        }
        if (before !== undefined) {
          const theirs = () =>
            time(node, [path.join(before, 'bin', 'run.js'), 'validate', path.dirname(files[0] ?? '')]);
          figures.push({
            name: `sluice validate / the commit before, ${label}`,
            value: await pairedRatio(ours, theirs, runs),
            unit: '×',
          });
        }
        figures.push({ name: `sluice validate, ${label}`, value: (await ours()).ms / 1000, unit: 's' });
        if (count === 10_000) {
          const peak = await peakMemory(node, [sluice, 'validate', path.dirname(files[0] ?? '')]);
          figures.push({
            name: `sluice validate, ${label}, peak memory`,
            value: peak,
            unit: 'MiB',
            target: { most: 250 },
          });
        }
      }
      figures.push(await yamlFigure(path.join(folder, 'yaml')));
      return figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function findRival(): string | undefined {
  const name = process.env.CHECK_JSONSCHEMA ?? 'check-jsonschema';
  return spawnSync(name, ['--version']).status === 0 ? name : undefined;
}

/** The same schema, without its address, which the rival would look up. */
function writeSchema(folder: string): string {
  const file = path.join(folder, 'schema.json');
  const text = readFileSync(packagePath('schemas', 'plugins', PLUGIN, '3.5.0.Final.json'), 'utf8');
  const { $id: _id, ...schema } = JSON.parse(text);
  writeFileSync(file, JSON.stringify(schema));
  return file;
}

function config(index: number): Record<string, string> {
  return {
    name: `source-${index}`,
    'connector.class': PLUGIN,
    'topic.prefix': `shop${index}`,
    'database.hostname': `db${index}`,
    'database.user': 'debezium',
    'database.password': '${file:/secrets:PASSWORD}',
    'database.dbname': 'shop',
    'plugin.name': 'pgoutput',
    'slot.name': `slot_${index}`,
    'publication.name': `pub_${index}`,
    'publication.autocreate.mode': 'filtered',
    'table.include.list': 'public\\.orders,public\\.customers',
    'heartbeat.interval.ms': '10000',
    'heartbeat.action.query': 'UPDATE beat SET at = now()',
    'max.batch.size': '4096',
    'max.queue.size': '16384',
    'tasks.max': '1',
    transforms: 'unwrap',
    'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
  };
}

function writeFiles(folder: string, count: number): string[] {
  mkdirSync(folder);
  return Array.from({ length: count }, (_none, index) => {
    const file = path.join(folder, `source-${index}.json`);
    writeFileSync(file, JSON.stringify(config(index), null, 2));
    return file;
  });
}

/** 1,000 YAML files: the whole command against a process that only parses them. */
async function yamlFigure(folder: string): Promise<Figure> {
  mkdirSync(folder);
  for (let index = 0; index < 1000; index += 1) {
    const text = stringify(config(index));
    parseDocument(text);
    writeFileSync(path.join(folder, `source-${index}.yaml`), text);
  }
  const yaml = packagePath('node_modules', 'yaml', 'dist', 'index.js');
  const parse = `const {parseDocument} = require(${JSON.stringify(yaml)}); const fs = require('node:fs');
for (const name of fs.readdirSync(${JSON.stringify(folder)})) parseDocument(fs.readFileSync(${JSON.stringify(folder)} + '/' + name, 'utf8')).toJS();`;
  const value = await pairedRatio(
    () => time(node, [sluice, 'validate', folder]),
    () => time(node, ['-e', parse]),
    5,
  );
  return { name: 'sluice validate / parsing alone, 1,000 YAML files', value, unit: '×', target: { most: 1.5 } };
}
