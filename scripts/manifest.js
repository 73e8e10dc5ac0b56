// Writes oclif.manifest.json from the compiled commands; a contract test fails when the committed one is stale.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Config } from '@oclif/core/config';

const root = path.resolve(import.meta.dirname, '..');
const config = await Config.load({ root, ignoreManifest: true, devPlugins: false, userPlugins: false });
const { manifest } = config.plugins.get(config.pjson.name);
// oclif lists commands in the order of their files, which differs between file systems.
const commands = Object.fromEntries(Object.entries(manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path.join(root, 'oclif.manifest.json'), `${JSON.stringify({ ...manifest, commands }, null, 2)}\n`);
