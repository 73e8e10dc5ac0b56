import type { WatchEvent } from '../../project/watch.ts';
import type { Style } from '../style.ts';

/** One line for what happened, and below it what a person has to know. */
export function watchDeployText(event: WatchEvent, { color }: Style): string {
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
    ...event.abandoned.map((name) => color.yellow(`  ${name} is no longer in any file; it was left alone`)),
  ].join('\n');
}

function failed({ connectors }: WatchEvent): string {
  if (connectors.length === 0) return 'nothing was sent; what ran before runs on';
  return connectors.map(({ name, outcome }) => `${name} ${outcome}`).join(', ');
}
