import { existsSync } from 'node:fs';
import path from 'node:path';
import { SANDBOX_COMPONENTS, type SandboxComponent, sandboxFolder, upCommand } from '../config/sandbox-record.ts';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import { redactText } from '../text/redact.ts';
import { checkSandboxName } from './layout.ts';
import { LogReader } from './logfile.ts';

export interface LogsOptions {
  name: string;
  /** All components if undefined. */
  component: SandboxComponent | undefined;
  /** Number of last lines of each. */
  lines: number;
  follow: boolean;
  stateFolder: string;
  clock: Clock;
  signal: AbortSignal;
  write(line: string): void;
}

const POLL_MS = 200;

/**
 * Writes the end of the logs, one component after the other, secrets masked; with `follow` also new lines, until aborted.
 * With several components each line starts with its component's name. Logs of stopped components are kept.
 * @throws SANDBOX_NOT_RUNNING if there is no log; the signal's reason when following ends.
 */
export async function sandboxLogs(options: LogsOptions): Promise<void> {
  const { name, stateFolder, component } = options;
  checkSandboxName(name);
  const folder = path.join(sandboxFolder(stateFolder, name), 'logs');
  const found = (component ? [component] : SANDBOX_COMPONENTS).filter((one) =>
    existsSync(path.join(folder, `${one}.log`)),
  );
  if (found.length === 0) {
    throw new SluiceError(
      'SANDBOX_NOT_RUNNING',
      `the sandbox ${name} has no log${component ? ` of the ${component}` : ''}`,
      {
        hint: `Start it: ${upCommand(name, component)}`,
      },
    );
  }
  const logs = found.map((one) => ({ component: one, reader: new LogReader(path.join(folder, `${one}.log`)) }));
  const write = (from: SandboxComponent, lines: readonly string[]) => {
    for (const line of lines) options.write(logs.length > 1 ? `${from} | ${line}` : line);
  };
  // Together: a private key spans many lines, and a single one does not look like a secret.
  const masked = (lines: readonly string[]) => (lines.length === 0 ? [] : redactText(lines.join('\n')).split('\n'));
  for (const { component: from, reader } of logs) {
    const lines = masked([...reader.read(), ...(options.follow ? [] : reader.rest())]);
    write(from, options.lines === 0 ? [] : lines.slice(-options.lines));
  }
  while (options.follow) {
    await options.clock.sleep(POLL_MS, options.signal);
    for (const { component: from, reader } of logs) write(from, masked(reader.read()));
  }
}
