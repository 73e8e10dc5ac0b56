import type { DlqRecoverReport } from '../../dlq/quarantine/recover.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

/** @title sluice dlq recover --json */
export type DlqRecoverDocument = WithWarnings<DlqRecoverReport>;

export const dlqRecoverView: View<DlqRecoverReport, DlqRecoverDocument> = {
  prose: true,
  table: ({ sink, outcome, state, failsAgain, notes, dryRun }, { color }) =>
    [
      `${color.bold(sink)}: ${outcome}${state === null ? '' : `, ${state}`}`,
      ...(failsAgain === null
        ? []
        : [
            color.red(`It fails again: ${failsAgain}`),
            `To get past the record: ${command(`dlq quarantine ${shellWord(sink)}`)}`,
          ]),
      ...notes.map((note) => `${color.yellow('!')} ${note}`),
      ...(dryRun ? ['Nothing was changed (--dry-run).'] : []),
    ].join('\n'),
};
