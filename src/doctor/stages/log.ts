import type { LogFacts } from '../../preflight/live-checks.ts';
import type { SnapshotState } from '../../sources/snapshot-state.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { sizeText } from '../../text/size.ts';
import { type StageVerdict, verdict } from '../model.ts';

/** More than this after a position that does not move deserves attention. */
export const MUCH_LOG = 1024 ** 3;

/** More than this is not only what a server writes for its own sake. */
const SOME_LOG = 16 * 1024 ** 2;

export interface SourceState {
  name: string;
  /** Asked to run. */
  active: boolean;
  /** It and its tasks run. */
  runs: boolean;
  snapshot: SnapshotState;
}

/**
 * Whether a source reads on in its database's log, by two samples. Pure.
 * @param last the second sample; undefined if the first one is all there is
 */
export function logVerdict(
  first: LogFacts,
  last: LogFacts | undefined,
  { name, active, runs, snapshot }: SourceState,
): StageVerdict {
  const now = last ?? first;
  const reset = command(`offsets reset ${shellWord(name)}`, { dryRun: true });
  if (snapshot === 'never')
    return verdict('unknown', `not read: ${name} takes one snapshot, and no change after it (initial_only)`);
  if (!now.exists && snapshot === 'none')
    return verdict('unknown', `${now.name} does not exist yet: ${name} has not committed any offset`);
  if (!now.exists)
    return verdict(active ? 'stuck' : 'warning', `${now.name} does not exist`, {
      hint: 'What changed since it disappeared never arrives. Take a new snapshot: stop the connector, reset its offsets, and resume it; then compare the tables.',
      command: reset,
    });
  if (now.broken !== null)
    return verdict(active ? 'stuck' : 'warning', now.broken, {
      hint:
        now.statement === null
          ? 'Changes may be lost. Correct it, or take a new snapshot: stop the connector, reset its offsets, and resume it; then compare the tables.'
          : 'Run this on the source, and compare the tables after that:',
      command: now.statement === null ? reset : null,
      statement: now.statement,
      since: now.inactiveSince,
    });
  const retained = now.retained === null ? [] : [`the server retains ${sizeText(now.retained)} of log for it`];
  if (now.active === false && first.active !== false && runs)
    return verdict('unknown', `${now.name} has just lost its reader, which may be coming back`);
  if (now.active === false) {
    const message = `nobody reads ${now.name}`;
    const more = { details: retained, since: now.inactiveSince };
    // A restart would begin the snapshot again.
    if (runs && snapshot !== 'done')
      return verdict(
        'unknown',
        snapshot === null
          ? `${message}: ${name} may be taking a snapshot, or have lost its connection`
          : `${message} yet: ${name} has not finished its snapshot`,
        { ...more, hint: 'A restart begins a snapshot again. The log grows until the snapshot ends.' },
      );
    if (runs)
      return verdict('stuck', `${message}, although ${name} says RUNNING`, {
        ...more,
        hint: 'The connector lost its connection, and has not come back.',
        command: command(`restart ${shellWord(name)}`),
      });
    return verdict('warning', `${message}: ${active ? `${name} does not run` : `${name} is not meant to run`}`, {
      ...more,
      hint: 'The log grows until the connector reads on, and may fill the disk of the source.',
    });
  }
  const moved = last !== undefined && last.position !== null && last.position !== first.position;
  const behind = now.behind === null ? [] : [`${sizeText(now.behind)} of log after what it has confirmed`];
  if (moved) return verdict('ok', `${now.name} moves`, { details: behind });
  if (snapshot === 'running' && runs)
    return verdict('unknown', `${now.name} is not read yet: ${name} has not finished its snapshot`, {
      details: behind,
    });
  if (now.unknown !== null) return verdict('unknown', `${now.name}: ${now.unknown}`);
  if (now.position === null) return verdict('unknown', `${now.name}: its position is not known`);
  if ((now.retained ?? now.behind ?? 0) > MUCH_LOG)
    return verdict('warning', `${now.name} does not move, and much of the log waits`, {
      details: [...behind, ...retained],
      hint: 'If the captured tables are quiet and others are not, set heartbeat.interval.ms and heartbeat.action.query. A first snapshot has this effect, too.',
    });
  if ((now.behind ?? 0) > SOME_LOG)
    return verdict('unknown', `${now.name} did not move meanwhile, and ${sizeText(now.behind ?? 0)} of log wait`, {
      details: retained,
      hint: 'They may be changes of tables that are not captured, or the source may be slow: it commits only every offset.flush.interval.ms. Run this again a minute later.',
    });
  return verdict('idle', `${now.name} does not move: nothing new for ${name}`, { details: behind });
}
