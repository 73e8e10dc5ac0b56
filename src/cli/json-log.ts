import pino from 'pino';
import { redactText } from '../text/redact.ts';
import { visibleJson } from '../text/visible.ts';
import type { JsonLog } from './views/log.ts';

/** Lines as schemas/output/log.json describes them, each written before the call returns. */
export function openJsonLog(): JsonLog {
  const logger = pino(
    {
      level: 'debug',
      base: {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write: (line) => void process.stderr.write(visibleJson(line)) },
  );
  const log: JsonLog = (level, message, fields = {}) => {
    const masked = Object.entries(fields).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, typeof value === 'string' ? redactText(value) : value] as const],
    );
    logger[level](Object.fromEntries(masked), redactText(message));
  };
  // Node itself would print a text.
  process.removeAllListeners('warning');
  process.on('warning', ({ message }) => log('warn', message));
  return log;
}
