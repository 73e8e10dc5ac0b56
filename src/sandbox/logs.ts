import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import { tail } from './logfile.ts';
import { readSandboxRecord, SANDBOX_PARTS, type SandboxPart, sandboxFolder } from './record.ts';

export interface LogsOptions {
  name: string;
  /** All parts where undefined. */
  part: SandboxPart | undefined;
  lines: number;
  follow: boolean;
  stateFolder: string;
  clock: Clock;
  signal: AbortSignal;
  write(line: string): void;
}

const POLL_MS = 200;

/**
 * Writes the end of the logs, one part after the other; with `follow` what is added from then on, until aborted.
 * Of several parts each line begins with the part's name.
 * @throws SANDBOX_NOT_RUNNING where there is no log of it.
 */
export async function sandboxLogs(options: LogsOptions): Promise<void> {
  const { name, stateFolder, part } = options;
  const folder = path.join(sandboxFolder(stateFolder, name), 'logs');
  const logs = (part ? [part] : SANDBOX_PARTS)
    .map((one) => ({ part: one, file: path.join(folder, `${one}.log`) }))
    .filter(({ file }) => statSync(file, { throwIfNoEntry: false }) !== undefined);
  if (logs.length === 0 || readSandboxRecord(stateFolder, name) === undefined) {
    throw new SluiceError('SANDBOX_NOT_RUNNING', `the sandbox ${name} has no log${part ? ` of the ${part}` : ''}`, {
      hint: `Start it: sluice sandbox up${name === 'default' ? '' : ` --name ${name}`}${part === 'mariadb' ? ' --with mariadb' : ''}`,
    });
  }
  const write = (from: SandboxPart, line: string) => options.write(logs.length > 1 ? `${from} | ${line}` : line);
  const offsets = logs.map(({ file }) => statSync(file).size);
  for (const log of logs) for (const line of tail(log.file, options.lines)) write(log.part, line);
  if (!options.follow) return;
  const rests = logs.map(() => '');
  while (!options.signal.aborted) {
    for (const [index, log] of logs.entries()) {
      const size = statSync(log.file, { throwIfNoEntry: false })?.size ?? 0;
      // A part that was started again has a new log.
      if (size < (offsets[index] as number)) offsets[index] = 0;
      if (size === offsets[index]) continue;
      const added = await readFrom(log.file, offsets[index] as number, size);
      offsets[index] = size;
      const lines = ((rests[index] as string) + added).split('\n');
      rests[index] = lines.pop() as string;
      for (const line of lines) write(log.part, line);
    }
    await options.clock.sleep(POLL_MS, options.signal).catch(() => {});
  }
}

async function readFrom(file: string, start: number, end: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start, end: end - 1 })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
