import type { LockWait, TableWrites } from '../../preflight/live-checks.ts';
import { isoSeconds } from '../../text/iso-seconds.ts';
import { firstNames } from '../../text/lists.ts';
import { setting } from '../../text/settings.ts';
import { type StageState, type StageVerdict, verdict } from '../model.ts';

/** One sample of a target. */
export interface TargetSample {
  /** Null if this user may not see them. */
  waits: readonly LockWait[] | null;
  writes: readonly TableWrites[];
}

const SHOWN = 5;

/**
 * Whether a sink's rows get into its tables, by two samples of a database that answers. Pure.
 * @param answers what is known of the database itself
 * @param group whether the sink's consumer group reads on: a session that waits may be another one of the same user
 */
export function targetVerdict(
  answers: StageVerdict,
  first: TargetSample,
  last: TargetSample | undefined,
  seconds: number,
  group: StageState,
): StageVerdict {
  const now = last ?? first;
  // A wait that has ended was nothing but a wait.
  const lasting = (now.waits ?? []).filter(
    (wait) => last === undefined || (first.waits ?? []).some((earlier) => isSame(earlier, wait)),
  );
  const [wait] = lasting;
  const nothingWaits = group === 'idle' || group === 'inactive';
  const waits = wait === undefined ? '' : waitText(wait, new Set(lasting.map(({ session }) => session)).size);
  if (wait !== undefined && !nothingWaits) {
    const { blocker } = wait;
    return verdict(
      // Of several tasks, one may wait while the others go on.
      group === 'ok' ? 'warning' : 'stuck',
      waits,
      {
        cause: blocker === null ? null : blockerText(blocker),
        since: wait.since,
        details: lasting.slice(1, SHOWN).flatMap(({ blocker: other }) => {
          if (other === null || other.session === blocker?.session) return [];
          return [`session ${other.session}, too: ${blockerText(other)}`];
        }),
        hint:
          blocker === null
            ? 'Find the session that has the lock, and end its transaction.'
            : 'Ask its owner to end the transaction. If nobody does, end the session; its changes are rolled back.',
        statement: wait.statement,
      },
    );
  }
  const missing = now.writes.filter(({ exists }) => !exists);
  const written = now.writes.filter(({ exists }) => exists);
  const details = [
    ...(waits === '' ? [] : [`${waits}, but nothing waits for the sink`]),
    ...written.slice(0, SHOWN).map((table) => writesText(table, first.writes, last && seconds)),
    ...(written.length > SHOWN ? [`and ${written.length - SHOWN} more tables`] : []),
    ...(written.some(({ lastWritten }) => lastWritten === null) && written.some((one) => one.written !== null)
      ? ['when a table was last written, this server does not tell']
      : []),
    ...(missing.length === 0 ? [] : [`not there yet, or not visible: ${firstNames(missing.map(nameOf), SHOWN)}`]),
  ];
  const all = { ...answers, details: [...answers.details, ...details] };
  if (now.waits !== null || answers.state !== 'ok') return all;
  return {
    ...all,
    state: 'unknown',
    message: `${answers.message}, but this user may not see its locks`,
    hint: `Name a database whose user may see more, under ${setting('preflight.databases')} in sluice.yaml.`,
  };
}

function waitText({ blocker, table }: LockWait, waiters: number): string {
  const sessions = waiters === 1 ? "a session of the sink's user waits" : `${waiters} sessions of the sink's user wait`;
  const what = table === null ? 'a lock' : `a lock of ${table}`;
  return `${sessions} for ${what}${blocker === null ? '' : ` that session ${blocker.session} has`}`;
}

function isSame(a: LockWait, b: LockWait): boolean {
  return a.session === b.session && a.blocker?.session === b.blocker?.session;
}

function blockerText({ user, program, state, since }: NonNullable<LockWait['blocker']>): string {
  const parts = [
    ...(user === null ? [] : [`user ${user}`]),
    ...(program === null ? [] : [`program ${program}`]),
    ...(state === null ? [] : [state]),
    ...(since === null ? [] : [`transaction since ${isoSeconds(since)}`]),
  ];
  return parts.length === 0 ? 'this user may not see more about it' : parts.join(', ');
}

function writesText(table: TableWrites, before: readonly TableWrites[], seconds: number | undefined): string {
  const name = nameOf(table);
  if (table.lastWritten !== null) return `${name}: last written ${isoSeconds(table.lastWritten)}`;
  const earlier = before.find((one) => nameOf(one) === name)?.written ?? null;
  if (table.written === null || earlier === null || seconds === undefined) return `${name}: its writes are not known`;
  const more = table.written - earlier;
  // Servers update their statistics with some delay.
  return more > 0
    ? `${name}: ${more} more ${more === 1 ? 'row' : 'rows'} counted in ${seconds} s`
    : `${name}: no write counted in ${seconds} s`;
}

function nameOf({ schema, name }: TableWrites): string {
  return schema === null ? name : `${schema}.${name}`;
}
