import { type ErrorDocument, toErrorDocument } from '../../errors/error.ts';
import type { StatusReport, StatusSample } from '../../monitor/status.ts';
import { visibleLines, visibleTree } from '../../text/visible.ts';
import type { View } from '../command.ts';
import type { BodyOf, Versioned } from '../document.ts';
import type { Style } from '../style.ts';
import type { StatusDocument } from './status.ts';

/** @title One line of sluice status --watch --json */
export type StatusWatchDocument = Versioned<
  {
    /** ISO 8601, UTC. */
    at: string;
  } & (
    | {
        /** As of sluice status --json, without its schemaVersion. */
        report: StatusReport;
      }
    | {
        /** Why this poll has no report. */
        error: ErrorDocument;
      }
  )
>;

/** One sample as a document of a JSON Lines stream. */
export function watchLine(sample: StatusSample): BodyOf<StatusWatchDocument> {
  return 'report' in sample ? sample : { at: sample.at, error: toErrorDocument(sample.error) };
}

/** Samples that follow one another, where no screen can be drawn. */
export function watchText(raw: StatusSample, view: View<StatusReport, StatusDocument>, style: Style): string {
  const sample = visibleTree(raw);
  const text =
    'report' in sample
      ? view.table(sample.report, style)
      : `${style.color.red('Error:')} ${visibleLines(sample.error.message)}`;
  return `${style.color.dim(sample.at)}\n${text}\n`;
}
