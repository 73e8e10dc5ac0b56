// Writes oclif.manifest.json from the compiled commands; a contract test fails when the committed one is stale.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Config } from '@oclif/core/config';

const root = path.resolve(import.meta.dirname, '..');
const config = await Config.load({ root, ignoreManifest: true, devPlugins: false, userPlugins: false });
const plugin = config.plugins.get(config.pjson.name);
writeFileSync(path.join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);
