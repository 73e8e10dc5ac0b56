import { afterEach, describe, expect, it } from 'vitest';
import { flagName } from '../../../src/cli/flag-names.ts';
import { command, nameSettings, setting } from '../../../src/text/settings.ts';

const byFile = (name: string, value?: string | boolean) => `\`${value === undefined ? name : `${name}: ${value}`}\``;

afterEach(() => nameSettings(byFile));

describe('a setting and a command are named', () => {
  it('as in sluice.yaml, unless told otherwise', () => {
    expect(setting('fenceTimeout', '2m')).toBe('`fenceTimeout: 2m`');
    expect(command('sandbox up', { name: 'ci', with: undefined })).toBe('sluice sandbox up `name: ci`');
  });

  it('by flags on the command line', () => {
    nameSettings(flagName);
    expect(setting('fenceTimeout', '2m')).toBe('--fence-timeout 2m');
    expect(command('sandbox down', { name: 'ci', purge: true })).toBe('sluice sandbox down --name ci --purge');
    expect(command('status')).toBe('sluice status');
  });

  it('with -- before arguments that begin with -, also quoted ones', () => {
    nameSettings(flagName);
    expect(command('status -a')).toBe('sluice status -- -a');
    expect(command("restart a '-b c' d", { failed: true })).toBe("sluice restart a --failed -- '-b c' d");
    expect(command("restart 'a -b'", { failed: true })).toBe("sluice restart 'a -b' --failed");
    expect(command('status a-b', { json: true })).toBe('sluice status a-b --json');
    expect(command('reconcile', { connector: '-a' })).toBe('sluice reconcile --connector=-a');
  });
});
