import type { PatchReport } from '../../deploy/patch.ts';
import { shellWord } from '../../text/shell.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import type { Style } from '../style.ts';
import { deployView } from './deploy.ts';

/** @title sluice patch|edit --json */
export type PatchDocument = WithWarnings<Omit<PatchReport, 'exitCode' | 'topics' | 'pruned'>>;

export const patchView: View<PatchReport, PatchDocument> = {
  prose: true,
  table: (report, style) => {
    const files = fileLines(report, style);
    return [deployView.table(report, style), ...(files.length > 0 ? ['', ...files] : [])].join('\n');
  },
  document: ({ exitCode: _exitCode, topics: _topics, pruned: _pruned, ...report }) => report,
  exitCode: (report) => report.exitCode,
};

/** Where the live connector and its file are not the same any more. */
function fileLines({ files, results, dryRun }: PatchReport, { color }: Style): string[] {
  const failed = new Set(results.filter(({ error }) => error !== null).map(({ name }) => name));
  return files
    .filter(({ name, keys }) => keys.length > 0 && !failed.has(name))
    .flatMap(({ name, file, keys, written }) => {
      if (written) return [`Changed ${file}, too: ${keys.join(', ')}`];
      const differs = dryRun ? 'would differ' : 'now differs';
      return [
        color.yellow(`${name} ${differs} from ${file} in ${keys.join(', ')}: the next deploy would undo it.`),
        ...(dryRun
          ? []
          : [`  Change the file, too, or see what a deploy would do: sluice plan --only ${shellWord(name)}`]),
      ];
    });
}
