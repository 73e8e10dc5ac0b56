import { type RecordPorts, recorded } from '../store/record.ts';
import type { SetReport } from './loggers.ts';

/** Sets a level, and records it: when it is set, so that a run that was killed is in the history, too. */
export function recordedLevel(
  { logger, level, context }: { logger: string; level: string; context: string },
  run: () => Promise<SetReport>,
  ports: RecordPorts,
): Promise<SetReport> {
  const effects = (outcome: string) => ({ loggers: [{ name: logger, outcome }] });
  return recorded<SetReport>(
    { verb: 'loggers', context },
    async (note) => {
      await note(effects(`to be ${level}`));
      return run();
    },
    {
      of: ({ former, until, restored }) => ({
        exitCode: 0,
        ...effects(
          until === null
            ? `${former} → ${level}`
            : `${former} → ${level} for a while${restored === 'yes' ? ', restored' : ''}`,
        ),
      }),
      before: () => effects(`to be ${level}: not known`),
    },
    ports,
  );
}
