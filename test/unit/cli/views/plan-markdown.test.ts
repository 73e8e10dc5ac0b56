import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { code, fence, sentence, shortened } from '../../../../src/cli/markdown.ts';
import { MAX_BYTES, planMarkdown } from '../../../../src/cli/views/plan-markdown.ts';
import type { Plan, PlannedConnector } from '../../../../src/plan/plan.ts';

function connector(name: string, more: Partial<PlannedConnector> = {}): PlannedConnector {
  const nothing = { keys: [], state: null, keeps: null, unknown: [], unset: [], consequences: [] };
  return { name, file: `${name}.json`, action: 'update', ...nothing, ...more };
}

function planOf(connectors: PlannedConnector[], more: Partial<Plan> = {}): Plan {
  const count = (action: string) => connectors.filter((one) => one.action === action).length;
  return {
    context: 'production',
    connectors,
    topics: [],
    unmanaged: [],
    unreadable: [],
    broken: [],
    summary: {
      create: count('create'),
      update: count('update'),
      state: count('state'),
      unchanged: count('unchanged'),
      unmanaged: 0,
      notCompared: 0,
      topics: { create: 0, update: 0, refused: 0, unchanged: 0 },
    },
    ...more,
  };
}

const changed = (key: string, before: string, after: string) => ({ key, change: 'changed' as const, before, after });
const removed = (key: string, before: string) => ({ key, change: 'removed' as const, before, after: null });

describe('plan -o markdown', () => {
  it('begins with the counts, then what is dangerous, then a table and a closed diff each', () => {
    const text = planMarkdown(
      planOf([
        connector('new', {
          action: 'create',
          keys: [{ key: 'topics', change: 'added', before: null, after: 'a,b' }],
        }),
        connector('orders', {
          keys: [changed('slot.name', 'a', 'b'), removed('x', '1'), changed('x.password', '********', '********')],
          unset: ['y'],
          consequences: [
            {
              key: 'slot.name',
              message: 'the slot a_b keeps holding WAL',
              todo: "drop it: SELECT pg_drop_replication_slot('a_b')",
            },
          ],
        }),
        connector('resting', { action: 'state', state: { before: 'running', after: 'paused' } }),
        connector('same', { action: 'unchanged', unknown: ['z'] }),
      ]),
    );
    expect(text).toMatchInlineSnapshot(`
      "### Connector plan

      On <code>production</code>: 1 to create, 1 to update, 1 to change state, 1 unchanged.

      **Check before deploying:**

      - <code>orders</code>: removes <code>x</code>
      - <code>orders</code>, <code>slot.name</code>: the slot <code>a&#95;b</code> keeps holding WAL → drop it: SELECT <code>pg&#95;drop&#95;replication&#95;slot&#40;&#39;a&#95;b&#39;&#41;</code>

      | Name | Change | Keys |
      | --- | --- | --- |
      | <code>orders</code> | update | 2 changed, **1 removed**, 1 not compared |
      | <code>new</code> | create | 1 added |
      | <code>resting</code> | change state | running → paused |

      <details><summary><code>orders</code>: update (<code>orders.json</code>)</summary>

      \`\`\`diff
      - slot.name = a
      + slot.name = b
      - x = 1
      ! x.password = ******** (changed)
      ? y: a variable is not set, not compared
      \`\`\`

      </details>

      <details><summary><code>new</code>: create (<code>new.json</code>)</summary>

      \`\`\`diff
      + topics = a,b
      \`\`\`

      </details>

      <details><summary><code>resting</code>: change state (<code>resting.json</code>)</summary>

      \`\`\`diff
      ! state: running → paused
      \`\`\`

      </details>

      <details><summary>Not compared (2)</summary>

      - <code>orders</code>: <code>y</code> (a variable is not set)
      - <code>same</code>: <code>z</code> (masked by the worker)

      </details>
      "
    `);
  });

  it('says what was left out', () => {
    const error = { code: 'CONNECTOR_FILE_INVALID' as const, message: 'a.json:1:1: not valid JSON' };
    const text = planMarkdown(
      planOf([connector('same', { action: 'unchanged' })], {
        broken: [{ file: 'a.json', connectors: [], error }],
        unmanaged: ['stray'],
      }),
    );
    expect(text).toContain('nothing differs in what could be compared (1 unchanged; 1 file has errors).');
    expect(text).toContain('**Left out of this plan:**\n\n- <code>a.json&#58;1&#58;1&#58; not valid JSON</code>');
    expect(text).toContain('Not in any file that could be read, left untouched (1)</summary>\n\n- <code>stray</code>');
  });

  it.each([
    ['many connectors', 3000, 3],
    ['many keys', 3, 3000],
    ['many of both', 400, 400],
    ['large values', 60, 60],
  ])('fits into a comment with %s, and counts what does not', (what, connectors, keys) => {
    const value = (what === 'large values' ? '`|é' : 'v').repeat(what === 'large values' ? 5000 : 5);
    const text = planMarkdown(
      planOf(
        Array.from({ length: connectors }, (_, one) =>
          connector(`connector-${one}`, {
            keys: Array.from({ length: keys }, (_, key) =>
              key % 3 === 0 ? removed(`key.${key}`, value) : changed(`key.${key}`, value, `${value}2`),
            ),
            unset: Array.from({ length: keys }, (_, key) => `unset.${key}`),
          }),
        ),
        { unmanaged: Array.from({ length: connectors * 2 }, (_, one) => `stray-${one}`) },
      ),
    );
    expect(Buffer.byteLength(text)).toBeLessThan(MAX_BYTES);
    expect(text).toContain(`On <code>production</code>: ${connectors} to update`);
    const [, diffs] = /Not shown, because the length of a comment is limited:\*\* .*?(\d+) diffs/.exec(text) ?? [];
    const shown = text.match(/```diff/g)?.length ?? 0;
    if (diffs === undefined) expect(text).toMatch(/\? and \d+ more lines/);
    else expect(Number(diffs) + shown).toBe(connectors);
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  });
});

/** What a reader of GitHub or GitLab would see as something else than text, outside of code. */
function outsideOfCode(text: string): string {
  return text
    .replaceAll(/^(`{3,})diff\n[\s\S]*?\n\1$/gm, '')
    .replaceAll(/<code>[^<>]*<\/code>/g, '')
    .replaceAll(/<\/?(?:details|summary)>/g, '');
}

const HOSTILE = [
  '```',
  '`````\n# title',
  '`<script>alert(1)</script>`',
  '</code></summary></details><img src=x onerror=alert(1)>',
  '| a | b |\n| --- | --- |',
  'a\\|b',
  '@everyone and @org/team',
  'fixes #1, !2, ~bug, GH-3',
  '\n/merge\n/close',
  '[link](https://evil.example) ![x](http://evil.example/x.png)',
  'www.evil.example https://evil.example a@evil.example',
  '*b* _i_ ~~s~~ :smile: $x$ &lt;b&gt; &#96;',
  '<!-- --> --> <!--',
  '\r\n\r\n# title',
  '- item\n1. item\n> quote\n    indented',
];

describe('text from elsewhere', () => {
  const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 }));

  it('stays in code, wherever it is', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 8, maxLength: 8 }), (texts) => {
        const [name = '', key = '', before = '', after = '', context = '', file = '', message = '', todo = ''] = texts;
        const page = planMarkdown(
          planOf(
            [
              connector(name, {
                file,
                keys: [changed(key, before, after), removed(key, before)],
                unknown: [key],
                unset: [key],
                consequences: [{ key, message, todo }],
              }),
            ],
            {
              context,
              unmanaged: [name],
              broken: [{ file, connectors: [name], error: { code: 'CONNECTOR_FILE_INVALID', message } }],
              topics: [
                {
                  name,
                  declaredBy: key,
                  action: 'create',
                  partitions: { before: null, after: 1 },
                  replicationFactor: null,
                  configs: [changed(key, before, after)],
                  consequences: [],
                },
              ],
            },
          ),
        );
        const rest = outsideOfCode(page);
        expect(rest.replace('### Connector plan', '')).not.toMatch(/[`<>@#!~[\]\\/$&_]/);
        // The table has its own separators only.
        for (const line of rest.split('\n').filter((one) => one.startsWith('|'))) {
          expect(line.match(/\|/g)).toHaveLength(4);
        }
        // Each line of a diff says which side it is of.
        for (const [, , body = ''] of page.matchAll(/^(`{3,})diff\n([\s\S]*?)\n\1$/gm)) {
          expect(body.split('\n').every((line) => /^[-+!?]/.test(line))).toBe(true);
        }
        expect(page.match(/^(`{3,})diff$/gm)).toHaveLength(2);
      }),
      { numRuns: 500 },
    );
  });

  it('is code without markup', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(code(one)).toMatch(/^<code>(?:[A-Za-z0-9 ,.\u0080-\uffff-]|&#\d+;)*<\/code>$/);
      }),
    );
  });

  it('is read in a sentence as before', () => {
    expect(sentence('watch its lag: sluice status --watch')).toBe('watch its lag: sluice status <code>--watch</code>');
    expect(sentence('the slot @x keeps "holding" WAL')).toBe('the slot <code>&#64;x</code> keeps "holding" WAL');
  });

  it('has a fence that is longer than what it contains', () => {
    expect(fence('diff', ['+ a = ````'])).toBe('`````diff\n+ a = ````\n`````');
  });

  it('is cut between characters, and the rest is counted', () => {
    expect(shortened('ab😀cd', 3)).toBe('ab… (4 more characters)');
    expect(shortened('abc', 3)).toBe('abc');
  });
});
