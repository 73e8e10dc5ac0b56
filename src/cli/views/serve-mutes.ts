import type { Mute } from '../../store/alerts.ts';
import { foldTable } from './fold-table.ts';
import { momentText } from './page.ts';

/** Rules whose receivers are not notified for a while; nothing if there are none. */
export function mutesPart(mutes: readonly Mute[]): string {
  if (mutes.length === 0) return '';
  const table = foldTable<Mute>(
    { header: 'rule', value: ({ rule }) => (rule === '*' ? 'every rule' : rule) },
    [
      { header: 'for', value: ({ target }) => (target === '*' ? 'every target' : target) },
      { header: 'on', whole: true, value: ({ context }) => context ?? 'every context' },
      { header: 'until', isMarkup: true, value: ({ until }) => momentText(new Date(until).toISOString()) },
      { header: 'because', value: ({ reason }) => reason },
      { header: 'by', value: ({ who }) => who },
    ],
    mutes,
  );
  return `<h3>Muted</h3>\n${table}`;
}
