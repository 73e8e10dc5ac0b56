import { type Difference, type DriftReading, differenceText } from '../../serve/drift.ts';
import { foldTable } from './fold-table.ts';
import { momentText, noteList } from './page.ts';

const KNOWN: Readonly<Record<DriftReading['state'], string>> = {
  none: 'Nothing differs.',
  drift: '',
  unknown: 'It is not known whether anything differs.',
};

/** What differs from the project. @param drift undefined if nothing was compared yet; null if nothing is */
export function driftPart(drift: DriftReading | undefined | null): string {
  if (drift === null) return '';
  const title = '<h3>Compared with the project</h3>';
  if (drift === undefined) return `${title}\n<p class="none">Not compared yet.</p>`;
  const { at, state, differences, unknown } = drift;
  const table = foldTable<Difference>(
    { header: 'name', value: ({ name }) => name },
    [
      { header: 'kind', whole: true, value: ({ kind }) => kind },
      { header: 'differs in', value: differenceText },
    ],
    differences,
  );
  return `${title}
<p>${KNOWN[state]} <span class="quiet when">Compared ${momentText(new Date(at).toISOString())}.</span></p>
${noteList(unknown)}
${differences.length === 0 ? '' : table}`;
}
