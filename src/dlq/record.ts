import type { SluiceError } from '../errors/error.ts';
import type { ChangeEffects } from '../store/changes.ts';
import { type RecordPorts, recorded } from '../store/record.ts';
import { firstNames } from '../text/lists.ts';
import type { PurgeReport } from './purge.ts';
import type { QuarantineReport } from './quarantine/quarantine.ts';
import type { DlqRecoverReport } from './quarantine/recover.ts';
import type { ReplayReport } from './replay.ts';

/** What is recorded in the history: numbers and names, never a record. */
export interface DlqChange {
  context: string;
  queue: string;
  /** Undefined if the queue was named by its topic, or by a file. */
  sink: string | undefined;
}

const NAMED = 5;

export function recordedReplay(
  change: DlqChange,
  run: () => Promise<ReplayReport>,
  ports: RecordPorts,
): Promise<ReplayReport> {
  const { context, sink } = change;
  const effects = (outcome: string, error: string | null) => effectsOf(change, outcome, error);
  return recorded(
    { verb: 'replay', context, names: sink === undefined ? [] : [sink] },
    run,
    {
      of: ({ exitCode, replayed, targets }) => {
        const topics = targets.map(({ topic, records }) => `${records} to ${topic}`).join(', ');
        return { exitCode, ...effects(replayed === 0 ? 'nothing replayed' : `replayed ${topics}`, null) };
      },
      before: ({ details, code }: SluiceError) => effects(`replayed ${details?.['replayed'] ?? 'unknown'}`, code),
    },
    ports,
  );
}

export function recordedPurge(
  change: DlqChange,
  run: () => Promise<PurgeReport>,
  ports: RecordPorts,
): Promise<PurgeReport> {
  const { context, sink } = change;
  return recorded(
    { verb: 'purge', context, names: sink === undefined ? [] : [sink] },
    run,
    {
      of: ({ records, before }) => ({
        exitCode: 0,
        ...effectsOf(change, `purged up to ${records} before ${before}`, null),
      }),
      before: ({ code }: SluiceError) => effectsOf(change, 'purge failed', code),
    },
    ports,
  );
}

export function recordedQuarantine(
  { context, sink }: Pick<DlqChange, 'context'> & { sink: string },
  run: () => Promise<QuarantineReport>,
  ports: RecordPorts,
): Promise<QuarantineReport> {
  return recorded(
    { verb: 'quarantine', context, names: [sink] },
    run,
    {
      of: ({ exitCode, records, queue, dryRun }) => {
        const places = records.map(({ topic, record: { error } }) => `${topic}/${error.partition} at ${error.offset}`);
        const outcome =
          places.length === 0
            ? 'nothing was refused'
            : `${dryRun ? 'found' : `quarantined to ${queue}`}: ${firstNames(places, NAMED)}`;
        return { exitCode, connectors: [{ name: sink, outcome, error: null }] };
      },
      before: ({ code }: SluiceError) => ({ connectors: [{ name: sink, outcome: 'quarantine failed', error: code }] }),
    },
    ports,
  );
}

export function recordedRecovery(
  { context, sink }: Pick<DlqChange, 'context'> & { sink: string },
  run: () => Promise<DlqRecoverReport>,
  ports: RecordPorts,
): Promise<DlqRecoverReport> {
  return recorded(
    { verb: 'quarantine', context, names: [sink] },
    run,
    {
      of: ({ outcome }) => ({ exitCode: 0, connectors: [{ name: sink, outcome, error: null }] }),
      before: ({ code }: SluiceError) => ({ connectors: [{ name: sink, outcome: 'recovery failed', error: code }] }),
    },
    ports,
  );
}

function effectsOf({ sink, queue }: DlqChange, outcome: string, error: string | null): Partial<ChangeEffects> {
  return sink === undefined ? { topics: [{ name: queue, outcome }] } : { connectors: [{ name: sink, outcome, error }] };
}
