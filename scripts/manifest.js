// Writes oclif.manifest.json from the compiled commands; a contract test fails when the committed one is stale.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Config } from '@oclif/core/config';

const root = path.resolve(import.meta.dirname, '..');
const config = await Config.load({ root, ignoreManifest: true, devPlugins: false, userPlugins: false });
const { manifest } = config.plugins.get(config.pjson.name);
// oclif lists commands in the order of their files, which differs between file systems.
const commands = Object.fromEntries(Object.entries(manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1)));
// A command a line: every run parses this file, and takes half as long without what makes it pretty.
const lines = Object.entries(commands).map(([id, command]) => `${JSON.stringify(id)}:${JSON.stringify(command)}`);
const { commands: _, ...rest } = manifest;
writeFileSync(
  path.join(root, 'oclif.manifest.json'),
  `{"commands":{\n${lines.join(',\n')}\n},${JSON.stringify(rest).slice(1)}\n`,
);
