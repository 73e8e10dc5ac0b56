import { readFileSync } from 'node:fs';
import { Config } from '@oclif/core/config';
import { describe, expect, it } from 'vitest';
import { packagePath, packageRoot } from '../../src/config/package-root.ts';

describe('oclif.manifest.json', () => {
  it('matches the commands (npm run manifest writes it)', async () => {
    const pjson = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'));
    const config = await Config.load({ root: packageRoot(), pjson, ignoreManifest: true });
    const committed = JSON.parse(readFileSync(packagePath('oclif.manifest.json'), 'utf8'));
    // The type hides the manifest; what oclif writes is this very object.
    const plugin = config.plugins.get('sluice') as unknown as { manifest: object };
    const actual = JSON.parse(JSON.stringify(plugin.manifest));
    expect(actual).toEqual(committed);
  });
});
