import type { HealedConnector, HealingOverview } from '../../heal/overview.ts';
import { type FoldColumn, foldTable } from './fold-table.ts';
import { momentText, text } from './page.ts';

const COLUMNS: readonly FoldColumn<HealedConnector>[] = [
  { header: 'healing', isMarkup: true, value: ({ stage }) => `<span class="tag ${TONES[stage]}">${stage}</span>` },
  { header: 'cause', whole: true, value: ({ kind, stage }) => (stage === 'watching' ? '-' : kind) },
  { header: 'restarts', numeric: true, value: ({ restarts }) => `${restarts}` },
  { header: 'left', numeric: true, value: ({ left }) => `${left}` },
  { header: 'last', isMarkup: true, value: ({ lastAt }) => moment(lastAt) },
  { header: 'next', isMarkup: true, value: ({ nextAt }) => moment(nextAt) },
  { header: 'why not', value: ({ why }) => why ?? '-' },
];

const TONES: Readonly<Record<HealedConnector['stage'], string>> = {
  trying: 'warn',
  watching: 'good',
  'given up': 'bad',
};

function moment(at: number | null): string {
  return at === null ? '-' : momentText(new Date(at).toISOString());
}

/** What is restarted, and was. @param overview undefined if healing is off */
export function healingPart(overview: HealingOverview | undefined): string {
  if (overview === undefined) return '';
  const { connectors, restarts } = overview;
  const table = foldTable({ header: 'connector', value: ({ connector }) => connector }, COLUMNS, connectors);
  const latest = restarts.map(
    ({ at, connector, outcome }) => `<li>${momentText(at)}: <b>${text(connector)}</b>: ${text(outcome)}</li>`,
  );
  return `<h3>Healing</h3>
${connectors.length === 0 ? '<p class="none">Nothing has to be healed.</p>' : table}
${latest.length === 0 ? '' : `<p class="quiet">The last restarts by healing, within 24 hours:</p>\n<ul class="notes">${latest.join('')}</ul>`}`;
}
