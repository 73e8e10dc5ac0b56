import { toErrorDocument } from '../../errors/error.ts';
import type { Look, StatusReport } from '../../monitor/status.ts';
import type { View } from '../command.ts';
import type { Style } from '../style.ts';

const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** One look as a document of a JSON Lines stream. */
export function watchLine(look: Look): object {
  return 'report' in look ? look : { at: look.at, error: toErrorDocument(look.error) };
}

/** On a terminal each look takes the place of the one before; elsewhere they follow one another. */
export function watchText(look: Look, view: View<StatusReport>, style: Style): string {
  const text = 'report' in look ? view.table(look.report, style) : `${style.color.red('Error:')} ${look.error.message}`;
  return `${style.interactive ? CLEAR : ''}${style.color.dim(look.at)}\n${text}\n`;
}
