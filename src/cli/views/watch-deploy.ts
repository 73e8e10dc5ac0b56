import type { WatchEvent } from '../../deploy/watch.ts';
import { visibleTree } from '../../text/visible.ts';
import type { Versioned } from '../document.ts';
import type { Style } from '../style.ts';

/** @title One line of sluice watch --json */
export type WatchDocument = Versioned<WatchEvent>;

/** One line for the event, followed by errors and notes. */
export function watchDeployText(raw: WatchEvent, { color }: Style): string {
  const event = visibleTree(raw);
  const time = event.at.slice(11, 19);
  const cause = event.changed.length === 0 ? '' : ` ${color.dim(`(${event.changed.join(', ')})`)}`;
  const done = event.connectors.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'rolled back');
  const what = {
    deployed: color.green(`✔ ${done.map(({ name, outcome }) => `${name} ${outcome}`).join(', ')}`),
    unchanged: color.dim('= nothing to do'),
    failed: color.red(`✖ ${failed(event)}`),
  }[event.outcome];
  return [
    `${color.dim(time)} ${what}${cause}`,
    ...(event.error === null
      ? []
      : [`  ${event.error.message}`, ...(event.error.hint ? [`  ${event.error.hint}`] : [])]),
    ...event.abandoned.map((name) => color.yellow(`  ${name} is no longer in any file; it was left untouched`)),
  ].join('\n');
}

function failed({ connectors }: WatchEvent): string {
  if (connectors.length === 0) return 'nothing was sent; the previous version keeps running';
  return connectors.map(({ name, outcome }) => `${name} ${outcome}`).join(', ');
}
