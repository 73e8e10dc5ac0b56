import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectAddress } from '../../../src/config/connect-url.ts';

describe('a Connect URL', () => {
  it.each([
    ['http://127.0.0.1:8083', { url: 'http://127.0.0.1:8083' }],
    ['https://connect.example/prefix/', { url: 'https://connect.example/prefix' }],
    ['HTTP://[::1]:8083//', { url: 'http://[::1]:8083' }],
    ['http://op:geheim@host:8083', { url: 'http://host:8083', username: 'op', password: 'geheim' }],
    ['http://op:p%40s%2Fs@host', { url: 'http://host', username: 'op', password: 'p@s/s' }],
    ['http://op:p@s@host', { url: 'http://host', username: 'op', password: 'p@s' }],
    ['http://m\u00fcller.example:8083/a%20b', { url: 'http://m\u00fcller.example:8083/a%20b' }],
    ['http://connect_1.b-c:8083', { url: 'http://connect_1.b-c:8083' }],
    ['http://op@host', { url: 'http://host', username: 'op', password: '' }],
  ])('%s', (url, address) => expect(connectAddress(url, '--connect-url')).toEqual(address));

  it.each([
    ['http://op:hun/ter2@host', /characters that are not allowed in a URL/],
    ['http://op:hun#ter2@host', /characters that are not allowed in a URL/],
    ['http://op:100%%sure@host', /"%" that is not an escape/],
    ['http://host:8083?token=hunter2', /query or a fragment/],
    ['http://host:8083/#hunter2', /query or a fragment/],
    ['http://${HOST}:8083', /not a valid URL/],
    ['http://{host}:8083', /not a valid URL/],
    ['http://host/%zz', /not a valid URL/],
    ['host:8083', /not a valid URL/],
    ['ftp://host', /not a valid URL/],
    ['http://', /not a valid URL/],
    ['http://[::1', /not a valid URL/],
    ['http://host:8083/connectors', /ends with \/connectors/],
    ['http://host:8083/connectors/', /ends with \/connectors/],
  ])('%s is refused, and not repeated', (url, message) => {
    expect(() => connectAddress(url, '--connect-url')).toThrow(message);
    expect(() => connectAddress(url, '--connect-url')).not.toThrow(/ter2|sure/);
  });

  it('gives any user and password that are encoded back, and shows neither', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((one) => one.isWellFormed());
    fc.assert(
      fc.property(text, text, (username, password) => {
        const url = `https://${encodeURIComponent(username)}:${encodeURIComponent(password)}@host:1/x`;
        expect(connectAddress(url, '')).toEqual({ url: 'https://host:1/x', username, password });
      }),
    );
  });
});
