import { expect, it } from 'vitest';
import { assertNoMasks } from '../../../src/deploy/masks.ts';
import type { ConnectorChange } from '../../../src/plan/diff.ts';
import type { Secrets } from '../../../src/plan/show.ts';

const secrets = (() => ({ isSecret: (key: string) => key === 'password' })) as unknown as Secrets;

/** Keys of a file that are refused. */
function refused(config: Record<string, string>, live?: Record<string, string>): string[] {
  const change = { name: 'a', file: 'a.json', desired: { config }, live: live && { info: { config: live } } };
  try {
    assertNoMasks([change as unknown as ConnectorChange], secrets);
    return [];
  } catch (error) {
    return (error as { details: { findings: { key: string }[] } }).details.findings.map(({ key }) => key);
  }
}

const [MASKED, OTHER] = ['http://u:********@h/', 'http://u:********@other/'];

it.each([
  ['a secret', { password: '********' }, undefined, ['password']],
  ['a secret in a URL', { url: MASKED }, undefined, ['url']],
  ['a secret in a URL that the worker has', { url: MASKED }, { url: 'http://u:real@h/' }, ['url']],
  ['a URL that the worker masks, with another host', { url: OTHER }, { url: MASKED }, ['url']],
  ['a URL as the worker masks it', { url: MASKED }, { url: MASKED }, []],
  ['a secret that the worker masks', { password: '********' }, { password: '****' }, []],
  ['no secret', { query: '/********/' }, undefined, []],
] as const)('a mask in place of %s', (_what, config, live, keys) => {
  expect(refused(config, live)).toEqual(keys);
});
