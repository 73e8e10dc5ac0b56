import { describe, expect, it } from 'vitest';
import { rootCause } from '../../../src/monitor/trace.ts';
import { MASK, redactKnown } from '../../../src/text/redact.ts';

const SECRET = `p&ss'=w<\u00f6 /+x"1\\z\u{1f511}%Z`;
const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const unicode = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`;

describe('a known secret', () => {
  it.each<[string, string]>([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify(SECRET)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(SECRET))],
    [
      'in JSON without what HTML minds',
      JSON.stringify(SECRET)
        .slice(1, -1)
        .replaceAll(/[&'=<>]/g, unicode),
    ],
    [
      'in JSON of ASCII',
      JSON.stringify(SECRET)
        .slice(1, -1)
        .replaceAll(/[\u0080-\uffff]/g, unicode),
    ],
    ['in JSON with slashes escaped', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in a URL, in small letters', encodeURIComponent(SECRET).replaceAll(/%../g, (one) => one.toLowerCase())],
    ['in a URL in a URL', encodeURIComponent(encodeURIComponent(SECRET))],
    ['in a form', new URLSearchParams({ a: SECRET }).toString().slice(2)],
    ['in HTML', SECRET.replaceAll(/[&<>"']/g, (one) => HTML[one] ?? '')],
    ['in HTML by numbers', SECRET.replaceAll(/[&<>"']/g, (one) => `&#x${one.charCodeAt(0).toString(16)};`)],
    ['in SQL', SECRET.replaceAll("'", "''")],
    ['in Base64', Buffer.from(SECRET).toString('base64')],
    ['as bytes of PostgreSQL', `\\x${Buffer.from(SECRET).toString('hex')}`],
    ['as bytes of MySQL', `0x${Buffer.from(SECRET).toString('hex').toUpperCase()}`],
    ['in Base64 of a URL', Buffer.from(SECRET).toString('base64url')],
    ['in Base64 behind one character', Buffer.from(`a${SECRET}`).toString('base64')],
    ['in Base64 with a user', Buffer.from(`me:${SECRET}`).toString('base64')],
    ['in Base64 with text on both sides', Buffer.from(`user=me:${SECRET}&a`).toString('base64')],
  ])('is masked %s', (_form, written) => {
    const shown = redactKnown(`the value ${written} is bad`, [SECRET]);
    expect(shown).toContain(MASK);
    expect(shown.replace(/^the value |is bad$/g, '').replaceAll(MASK, '').length).toBeLessThan(18);
    expect(shown).toMatch(/^the value .* is bad$/);
  });

  it.each([
    ['other letters, in Java', 'пароль', '\\u043F\\u0430\\u0440\\u043E\\u043B\\u044C'],
    ['other letters, in HTML', 'пароль', '&#1087;&#x430;&#1088;&#1086;&#1083;&#1100;'],
    ['other letters, in a URL in a URL', '密码密码', encodeURIComponent(encodeURIComponent('密码密码'))],
    ['a letter behind them', 'пароль1', '\\u043F\\u0430\\u0440\\u043E\\u043B\\u044C1'],
    ['a sign in front of them', '!пароль', '!\\u043F\\u0430\\u0440\\u043E\\u043B\\u044C'],
    ['pictures, in JSON of ASCII', '🔑🔑key', '\\uD83D\\uDD11\\uD83D\\uDD11key'],
    ['signs, in a form', '!!((', '%21%21%28%28'],
    ['every letter escaped', 'abcd', '\\u0061\\u0062\\u0063\\u0064'],
    ['every letter percent-encoded', 'abcd', '%61%62%63%64'],
    ['JSON in HTML', `a"b'c`, 'a\\&quot;b&#39;c'],
    ['CSV', 'ab"cd', 'ab""cd'],
    ['the shell', "ab'cd", "ab'\\''cd"],
    ['bytes in hexadecimal', 'a$b$c', 'a\\x24b\\x24c'],
    ['spaces in properties', 'a b c', 'a\\ b\\ c'],
    ['line breaks in HTML', 'ab\ncd', 'ab&#10;cd'],
    ['a space at its end that was cut', 'abcd ', 'abcd.'],
    ['few letters in Base64', 'a.b*c+', Buffer.from('user:a.b*c+').toString('base64')],
  ])('is masked whole: %s', (_form, secret, written) => {
    const shown = redactKnown(`the value <${written}> is bad`, [secret]);
    expect(shown).toContain(MASK);
    expect(shown).not.toContain(written);
    expect(shown.length).toBeLessThan(45);
  });

  it('is masked if its whitespace was collapsed', () => {
    const trace = (value: string) => `x.Y: bad value ${value} is wrong\n\tat a.b`;
    for (const secret of ['tab\there  two', '-----BEGIN\nMIIabc\nDEF'])
      expect(rootCause(trace(secret), [secret])).toMatch(/^Y: bad value -{0,5}\*{8} is wrong$/);
  });

  it('hides nothing else', () => {
    const text = 'a.b-c, p&ss, a%2Fb &amp; \\u0026 YWJj';
    expect(redactKnown(text, ['!!!!ab', 'a.b.c', 'p&st', '----'])).toBe(text);
  });

  it.each([' ', '\\', '+', 'a', "'", '%25', '&#00', '\\\\u00', '%5C', 'a+'])(
    'is looked for once in 1 MB of %j',
    (sign) => {
      // Looking again and again would take hours: what ends at all is linear, on any machine.
      const text = sign.repeat(1_000_000 / sign.length);
      const secrets = [
        `p&ss'=w /+x"1`,
        'a\\b\\\\c&d',
        '+ +  x&y',
        'a+ + +  +b!',
        "a'''''x",
        'a%%%%25x',
        'a\\\\\\ \\\\ \\x',
      ];
      redactKnown(text, secrets);
    },
  );
});
