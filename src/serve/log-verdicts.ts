import type { SourceLog } from '../monitor/source-reading.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { sizeText } from '../text/size.ts';
import type { ConnectorSnapshot } from './snapshot.ts';

interface Judged {
  active: boolean | 'unknown';
  summary: string;
  hint?: string | null;
}

/** Its tasks are there, and none has failed. */
export function runs({ state, taskList }: Pick<ConnectorSnapshot, 'state' | 'taskList'>): boolean {
  return state === 'RUNNING' && taskList.length > 0 && taskList.every((task) => task.state === 'RUNNING');
}

/** Of several databases the first that is active counts, then the first that is not known. */
function ofLogs({ source, type }: ConnectorSnapshot, judge: (log: SourceLog) => Judged, otherwise: string): Judged {
  if (type === 'sink') return { active: false, summary: otherwise };
  // Not watched: nothing is known, now and later.
  if (source === null || source.logs.length === 0)
    return { active: 'unknown', summary: source?.reason ?? 'Not read yet.' };
  const all = source.logs.map((log) =>
    log.exists === null ? ({ active: 'unknown', summary: log.unknown ?? 'It is not known.' } as const) : judge(log),
  );
  return (
    all.find(({ active }) => active === true) ??
    all.find(({ active }) => active === 'unknown') ?? { active: false, summary: otherwise }
  );
}

/** Whether the source can read on in the log of its database. */
export function logVerdict(connector: ConnectorSnapshot): Judged {
  return ofLogs(
    connector,
    ({ log, database, exists, broken, statement, snapshot }) => {
      const hint = `See: ${command(`doctor ${shellWord(connector.name)}`)}`;
      const where = `on ${database}`;
      if (broken !== null)
        return {
          active: true,
          summary: `${broken} (${where})`,
          hint: statement === null ? hint : `Run on the source: ${statement}`,
        };
      if (exists) return { active: false, summary: 'It reads on.' };
      // Before its first snapshot has begun there is none.
      if (snapshot === 'none' || snapshot === 'never') return { active: false, summary: 'It has not begun.' };
      return {
        active: snapshot === null ? 'unknown' : true,
        summary: `${log} does not exist ${where}: what changes now never arrives`,
        hint,
      };
    },
    'It reads on.',
  );
}

export function slotInactiveVerdict(connector: ConnectorSnapshot): Judged {
  return ofLogs(
    connector,
    ({ log, database, exists, active, snapshot, retainedBytes }) => {
      if (active !== false || !exists || !runs(connector)) return { active: false, summary: 'It is read.' };
      // While a snapshot is taken nobody reads it.
      if (snapshot !== 'done')
        return { active: snapshot === null ? 'unknown' : false, summary: 'A snapshot is taken.' };
      const retained = retainedBytes === null ? '' : `; the server retains ${sizeText(retainedBytes)} for it`;
      return {
        active: true,
        summary: `Nobody reads ${log} on ${database}, although the connector is RUNNING${retained}`,
        hint: `It has lost its connection: ${command(`restart ${shellWord(connector.name)}`)}`,
      };
    },
    'It is read.',
  );
}

export function slotWalVerdict(connector: ConnectorSnapshot, limit: number): Judged {
  return ofLogs(
    connector,
    ({ log, database, retainedBytes, active }) => {
      if (retainedBytes === null || retainedBytes <= limit) return { active: false, summary: 'It retains little.' };
      return {
        active: true,
        summary: `The server retains ${sizeText(retainedBytes)} of WAL for ${log} on ${database} (limit: ${sizeText(limit)})`,
        hint:
          active === false
            ? 'Nobody reads it, and it may fill the disk. Let the connector run, or delete it and drop its slot.'
            : `It may fill the disk of the source: ${command(`doctor ${shellWord(connector.name)}`)}`,
      };
    },
    'It retains little.',
  );
}

/** The server removes what a slot still needs once it retains more than max_slot_wal_keep_size. */
export function slotSafeVerdict(connector: ConnectorSnapshot, limit: number): Judged {
  return ofLogs(
    connector,
    ({ log, database, safeBytes, status }) => {
      // One that is lost has `source-log`.
      const isNear = status === 'unreserved' || (safeBytes !== null && safeBytes < limit);
      if (!isNear || status === 'lost') return { active: false, summary: 'It is safe.' };
      return {
        active: true,
        summary:
          safeBytes === null || safeBytes <= 0
            ? `The server is about to remove WAL that ${log} on ${database} needs`
            : `After ${sizeText(safeBytes)} more of WAL the server gives up ${log} on ${database} (limit: ${sizeText(limit)})`,
        hint: 'Let the connector read on, or raise max_slot_wal_keep_size; once it is lost, a new snapshot is needed.',
      };
    },
    'It is safe.',
  );
}
