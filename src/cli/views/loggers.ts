import type { LoggerLevel, LoggersReport, SetReport } from '../../operate/loggers.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

/** @title sluice loggers get --json */
export type LoggersGetDocument = WithWarnings<LoggersReport>;

export const loggersView: View<LoggersReport, LoggersGetDocument> = {
  prose: true,
  table: ({ worker, loggers, hidden }, style) => {
    const table = renderTable<LoggerLevel>(
      [
        { header: 'logger', value: ({ name }) => name, wrap: true },
        { header: 'level', value: ({ level }) => painted(level, style) },
        {
          header: 'set',
          value: ({ lastModified, inheritedFrom }) =>
            lastModified?.replace(/\.\d+Z$/, 'Z') ?? (inheritedFrom === null ? '-' : `inherits from ${inheritedFrom}`),
        },
      ],
      loggers,
      style,
    );
    const more =
      hidden === 0 ? [] : [`${hidden} more have the level of the logger above them: sluice loggers get --all`];
    return [table, '', `Levels of the worker ${worker}`, ...more].join('\n');
  },
};

function painted(level: string, { color }: Style): string {
  return /^(?:DEBUG|TRACE|ALL)$/.test(level) ? color.yellow(level) : level;
}

/** @title sluice loggers set --json */
export type LoggersSetDocument = WithWarnings<SetReport>;

export const setLevelView: View<SetReport, LoggersSetDocument> = {
  prose: true,
  table: ({ logger, level, former, inherited, scope, worker, until, restored, undo }) => {
    const where = scope === 'cluster' ? `every worker of the cluster, by ${worker}` : `the worker ${worker}`;
    const note = inherited ? ' It inherited that level; REST can only set the same one.' : '';
    const first =
      until === null
        ? `${logger} is ${level} now, was ${former}, on ${where}.`
        : restored === 'yes'
          ? `${logger} is ${former} again, was ${level}, on ${where}.${note}`
          : `${logger} was set to another level by someone else, which stays, on ${where}.`;
    return undo === null ? first : `${first}\nTo restore the former level: ${undo}`;
  },
};
