import { describe, expect, it } from 'vitest';
import { runSecrets } from '../../../src/schemas/secrets.ts';

const MASK = '********';
const ofReference = (key: string, written: string, value: string, filled = value) => ({
  config: { [key]: written.replace(/\$\{\w+\}/, value) },
  written: { [key]: written },
  filled: new Map([[key, [filled]]]),
});

describe('the secrets of a run', () => {
  const first = ofReference('database.password', '${PW}', 'hunter2-of-a');
  const second = { config: { 'database.user': 'shop', note: 'n' } };
  const secrets = runSecrets([first, second, { config: { url: 'jdbc:x://u:geheim-of-c@h/d' } }])(second);

  it('of one connector are masked in what a worker says about another', () => {
    expect(secrets.values()).toEqual(['hunter2-of-a', 'geheim-of-c']);
  });

  it.each([
    ['hunter2-of-a', MASK],
    ['before hunter2-of-a', `before ${MASK}`],
    ['geheim-of-c', MASK],
    ['shop', 'shop'],
  ])('are masked in a live value of any key: %s', (value, shown) => {
    expect(secrets.live('renamed', value)).toBe(shown);
  });

  it('are shown in what a file itself has in clear', () => {
    expect(secrets.desired('note', 'n')).toBe('n');
  });

  it('are not those that a file has in clear under a plain key: the two cannot be distinguished', () => {
    const sandbox = { config: { 'database.user': 'sluice', 'database.password': 'sluice' } };
    const both = runSecrets([sandbox, second])(second);
    expect(both.values()).toEqual([]);
    expect(both.live('database.dbname', 'sluice')).toBe('sluice');
  });

  it('that are short are not looked for within other values: they may be words of hosts and topics', () => {
    const short = runSecrets([ofReference('db.password', '${PW}', 'kafka'), second])(second);
    expect(short.live('topics', 'kafka.orders')).toBe('kafka.orders');
    expect(short.live('renamed', 'kafka')).toBe(MASK);
  });

  it('are not what was filled into a key that is no secret', () => {
    const plain = runSecrets([ofReference('x.env', '${ENV}', 'production'), second])(second);
    expect(plain.live('topics', 'production.orders')).toBe('production.orders');
    expect(plain.values()).toEqual([]);
  });
});
