import { describe, expect, it } from 'vitest';
import { corpusFiles, expectedVerdicts, judge, readCorpus } from '../../helpers/corpus.ts';
import { store } from './check.ts';

const verdicts = expectedVerdicts();

describe('the corpus of whole configs', () => {
  it('has a verdict of each file', () => {
    expect(Object.keys(verdicts).sort()).toEqual(corpusFiles);
  });

  it.each(corpusFiles)('%s: its wrong keys, and its dead ones with their successors', async (file) => {
    expect(await judge(await readCorpus(file), store)).toEqual(verdicts[file]);
  });
});
