import { describe, expect, it } from 'vitest';
import { namePatterns } from '../../../src/text/lists.ts';

describe('names that fit a list of Debezium', () => {
  it.each([
    ['public\\.orders', 'PUBLIC.Orders', true],
    // What Java's Pattern.CASE_INSENSITIVE folds is ASCII.
    ['public\\.größe', 'PUBLIC.größe', true],
    ['public\\.größe', 'public.GRÖSSE', false],
    ['public\\.Ä', 'public.ä', false],
    ['public\\.Ä', 'public.Ä', true],
    ['public\\.[à-ü]+', 'public.éè', true],
    ['public\\.[à-ü]+', 'public.ÉÈ', false],
    ['public\\.K', 'public.\u212a', false],
    ['a.b', 'a😀b', true],
    ['a.b', 'aäb', true],
    ['order\\-items', 'order-items', true],
    ['order\\_[\\-x]', 'order_-', true],
    ['a\\\\-b', 'a\\-b', true],
    ['größ\\e', 'größe', false],
    ['\\ä', 'ä', true],
    ['a]', 'a]', true],
    ['(', '(', false],
  ])('%s, %s: %s', (list, name, fits) => expect(namePatterns(list)[0]?.test(name)).toBe(fits));
});
