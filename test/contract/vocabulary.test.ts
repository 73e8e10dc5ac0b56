import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packagePath, packageRoot } from '../../src/config/package-root.ts';

/** Words and turns that no engineer would write to another; each with what to write. */
const DROPPED: readonly [RegExp, string][] = [
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bstands? in\b/i, 'is in'],
  [/\bin no file\b/i, 'not in any file'],
  [/\b(?:is|are) no (?:valid|URL|duration|plan|name|list|number|port|report|pattern|share)\b/i, 'is not a valid …'],
  [/\b(?:is|are|was|were) (?:told|said)\b/i, 'is reported, is shown'],
  [/\bwhat is (?:there|said|told)\b/i, 'existing, live; what is reported'],
  [/\b(?:is|are|was|were) not there\b/i, 'does not exist, is missing'],
  [/\bputs? (?:\S+ ){0,4}back\b/i, 'roll back, restore'],
  [/\bgoes? before (?:what|those|them|that)\b/i, 'overrides'],
  [/\banew\b/i, 'again'],
  [/\blooked? (?:at|into|whether)\b/i, 'check'],
  [/\bheld against\b/i, 'compared with'],
  [/\bin vain\b/i, 'for nothing'],
  [/\blays? over\b/i, 'apply'],
  [/\bwhatever\b/i, 'regardless of, even if'],
  [/\bas far as\b/i, 'if known, according to'],
  [/(?<!there |tolerance )\b(?:is|are) none\b/i, 'counts as equal, is not one'],
  [/\bat (?:its|their) ends?\b/i, 'leading or trailing'],
  [/\b(?:that|which) nobody\b/i, 'that is not …'],
  [/\b(?:goes|go) by\b/i, 'depends on, uses'],
  [/\bholds? (?:each|the|a|its) (?:\S+ ){1,4}to\b/i, 'compare with, limit'],
  [/\b(?:left|leaves?|leaving)(?: \S+)? alone\b/i, 'skipped, left untouched'],
  [/\bsome (?:thousand|million)s?\b/i, 'a few thousand, several million'],
  [/\bin silence\b/i, 'silently'],
  [/\bfor want of\b/i, 'without'],
  [/\bin the place of\b/i, 'instead of'],
  [/\bin small letters\b/i, 'in lower case'],
  [/\bin turns\b/i, 'alternating'],
  [/\bfor good\b/i, 'permanently'],
  [/\bsuch as that\b/i, 'like'],
  [/\bwhat becomes of\b/i, 'what happens to'],
];

/** An outcome in the JSON output, which programs may compare. */
const CONTRACTS = new Set(['was not there']);
const TITLE = /\b(?:it|describe)(?:\.\w+(?:\([^)]*\))?)*\(\s*(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g;
const LITERAL = /(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g;

function findings(texts: readonly string[], where: string): string[] {
  return texts.flatMap((text) =>
    DROPPED.filter(([pattern]) => pattern.test(text)).map(
      ([pattern, instead]) => `${where}: ${pattern.exec(text)?.[0]} (write: ${instead}) in: ${text.slice(0, 120)}`,
    ),
  );
}

/** Home-made names; the field has others: reported, sample, suggestion, restore, fix, sessions. */
const ODD_NAMES =
  /\b(?:const|let|function|class|interface|type|get|readonly) +((?:told|said|putBack|look|looks|lookAnew|mend|stern|withheld|laid)[A-Z]?\w*|[a-z]\w*(?:Told|Said|Anew|PutBack))\b|^\s+(told|said|putBack|looks?|mend)\??:/gm;
const FIELD_NAMES = /^(?:look(?:up|ahead|behind|Up)|looksLike)/;

function oddNames(code: string): string[] {
  return [...code.matchAll(ODD_NAMES)]
    .map(([, declared, property]) => declared ?? property ?? '')
    .filter((name) => !FIELD_NAMES.test(name));
}

const sources = globSync('{src,commands}/**/*.ts', { cwd: packageRoot() });
const read = (...parts: string[]) => readFileSync(packagePath(...parts), 'utf8');

describe('plain English', () => {
  it('in help', () => {
    const help: string[] = [];
    const collect = (value: unknown, key = '') => {
      if (typeof value === 'string' && /summary|description/.test(key)) help.push(value);
      else if (value !== null && typeof value === 'object')
        for (const [name, one] of Object.entries(value)) collect(one, name);
    };
    collect(JSON.parse(read('oclif.manifest.json')));
    expect(help.length).toBeGreaterThan(200);
    expect(findings(help, 'help')).toEqual([]);
  });

  it('in messages and hints', () => {
    expect(sources.length).toBeGreaterThan(300);
    const found = sources.flatMap((file) => {
      const code = read(file)
        .split('\n')
        .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
        .join('\n');
      const sentences = [...code.matchAll(LITERAL)]
        .map(([, , text]) => text ?? '')
        .filter((text) => text.includes(' ') && !CONTRACTS.has(text));
      return findings(sentences, file);
    });
    expect(found).toEqual([]);
  });

  it('in comments', () => {
    const comments = sources.flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line) => /(?:^\s*(?:\/\/|\/\*\*?|\*)|\s\/\/\s)(.*)$/.exec(line)?.[1] ?? [])
        .map((text) => [file, text] as const),
    );
    expect(comments.length).toBeGreaterThan(3000);
    expect(comments.flatMap(([file, text]) => findings([text], file))).toEqual([]);
  });

  it('in titles of tests', () => {
    const titles = globSync('test/**/*.test.ts', { cwd: packageRoot() }).flatMap((file) =>
      [...read(file).matchAll(TITLE)].map(([, , title]) => [file, title ?? ''] as const),
    );
    expect(titles.length).toBeGreaterThan(2000);
    expect(titles.flatMap(([file, title]) => findings([title], file))).toEqual([]);
  });

  it('in names', () => {
    const named = sources.flatMap((file) => oddNames(read(file)).map((name) => `${file}: ${name}`));
    expect(named).toEqual([]);
    expect(oddNames('const told = 1;\nfunction lookAnew() {}\n  putBack: string;\nlet words;')).toEqual([
      'told',
      'lookAnew',
      'putBack',
    ]);
  });

  it('in the texts of rules and in docs', () => {
    const pages = globSync('docs/**/*.md', { cwd: packageRoot() });
    expect(pages.length).toBeGreaterThan(10);
    const lines = [
      ...pages,
      'README.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'schemas/rules.json',
      'schemas/project.json',
    ].flatMap((file) => findings(read(file).split('\n'), file));
    expect(lines).toEqual([]);
  });
});
