import { expect, it } from 'vitest';
import { proxyVariables } from '../../../src/connect/transport.ts';

it('gives an agent the variables of proxies, and no other that Node might print', () => {
  const environment = { HTTPS_PROXY: 'http://p:1', no_proxy: 'a', DB_PASSWORD: 'geheim' };
  expect(proxyVariables(environment)).toEqual({ HTTPS_PROXY: 'http://p:1', no_proxy: 'a' });
});
