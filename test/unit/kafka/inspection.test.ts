import { describe, expect, it } from 'vitest';
import { leaderUrl, urlOfMember } from '../../../src/kafka/inspection.ts';

function bytes(...parts: (number | string)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      const text = Buffer.from(String(part));
      const size = Buffer.alloc(2);
      size.writeInt16BE(typeof part === 'number' ? part : text.length);
      return typeof part === 'number' ? size : Buffer.concat([size, text]);
    }),
  );
}

describe("a worker's metadata", () => {
  const url = 'http://a:8083/';
  it.each([
    ['of the protocol with revocations', bytes(1, url, 0, 0, 0, 7), url],
    ['with nothing after the URL', bytes(0, url), url],
    ['empty', Buffer.alloc(0), null],
    ['cut in the length', bytes(1).subarray(0, 1), null],
    ['cut in the URL', bytes(1, url).subarray(0, 9), null],
    ['with a negative length', bytes(1, -1), null],
  ])('%s', (_what, metadata, expected) => expect(urlOfMember(metadata)).toBe(expected));

  it.each([
    ['with a leader', bytes(1, 0, 'connect-1-uuid', url, 0), url],
    ['before the first assignment', Buffer.alloc(0), null],
    ['cut', bytes(1, 0, 'connect-1-uuid', url).subarray(0, 25), null],
  ])('an assignment %s', (_what, assignment, expected) => expect(leaderUrl(assignment)).toBe(expected));
});
