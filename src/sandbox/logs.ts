import { existsSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import { redactText } from '../text/redact.ts';
import { LogReader } from './logfile.ts';
import { SANDBOX_PARTS, type SandboxPart, sandboxFolder, upCommand } from './record.ts';
import { checkSandboxName } from './site.ts';

export interface LogsOptions {
  name: string;
  /** All parts where undefined. */
  part: SandboxPart | undefined;
  /** How many of the last lines of each. */
  lines: number;
  follow: boolean;
  stateFolder: string;
  clock: Clock;
  signal: AbortSignal;
  write(line: string): void;
}

const POLL_MS = 200;

/**
 * Writes the end of the logs, one part after the other, secrets masked; with `follow` also what is added from then
 * on, until aborted. Of several parts each line begins with the part's name. The logs of parts that were stopped stay.
 * @throws SANDBOX_NOT_RUNNING where there is no log; the signal's reason when following ends.
 */
export async function sandboxLogs(options: LogsOptions): Promise<void> {
  const { name, stateFolder, part } = options;
  checkSandboxName(name);
  const folder = path.join(sandboxFolder(stateFolder, name), 'logs');
  const found = (part ? [part] : SANDBOX_PARTS).filter((one) => existsSync(path.join(folder, `${one}.log`)));
  if (found.length === 0) {
    throw new SluiceError('SANDBOX_NOT_RUNNING', `the sandbox ${name} has no log${part ? ` of the ${part}` : ''}`, {
      hint: `Start it: ${upCommand(name, part)}`,
    });
  }
  const logs = found.map((one) => ({ part: one, reader: new LogReader(path.join(folder, `${one}.log`)) }));
  const write = (from: SandboxPart, lines: readonly string[]) => {
    for (const line of lines) options.write(logs.length > 1 ? `${from} | ${line}` : line);
  };
  // Together: a private key goes over many lines, and each of them alone looks like nothing.
  const masked = (lines: readonly string[]) => (lines.length === 0 ? [] : redactText(lines.join('\n')).split('\n'));
  for (const { part: from, reader } of logs) {
    const lines = masked([...reader.read(), ...(options.follow ? [] : reader.rest())]);
    write(from, options.lines === 0 ? [] : lines.slice(-options.lines));
  }
  while (options.follow) {
    await options.clock.sleep(POLL_MS, options.signal);
    for (const { part: from, reader } of logs) write(from, masked(reader.read()));
  }
}
