import { createReadStream } from 'node:fs';
import { SluiceError } from '../errors/error.ts';
import type { KafkaRecord } from '../ports/records.ts';
import { command } from '../text/settings.ts';
import { type ImportedRecord, parseExportLine } from './export-line.ts';

/** A file's records, and the queue that they are of. */
export interface ImportedQueue {
  queue: string;
  queueId: string;
  /** In order, some at a time. */
  chunks(): AsyncGenerator<KafkaRecord[]>;
}

/** Characters of lines that are parsed at a time. */
const CHUNK_LENGTH = 1024 ** 2;

/** @throws EXPORT_INVALID, FILE_UNREADABLE */
export async function openImport(file: string): Promise<ImportedQueue> {
  const rows = rowsOf(file);
  const first = await rows.next();
  if (first.done || first.value[0] === undefined) {
    throw new SluiceError('EXPORT_INVALID', `${file} has no records`, {
      hint: `Write it with: ${command('dlq export SINK', { to: 'FILE' })}`,
    });
  }
  await rows.return(undefined);
  const { queue, queueId } = first.value[0];
  return {
    queue,
    queueId,
    async *chunks() {
      for await (const chunk of rowsOf(file)) {
        const other = chunk.find((one) => one.queueId !== queueId);
        if (other !== undefined) {
          const both =
            other.queue === queue
              ? ` named ${queue}, of two clusters, or of one where it was created again`
              : `, ${queue} and ${other.queue}`;
          throw new SluiceError('EXPORT_INVALID', `${file} has records of two queues${both}`, {
            hint: `Replay them one by one. The lines of one queue: grep '"queueId":"${queueId}"' FILE`,
          });
        }
        yield chunk.map(({ record }) => record);
      }
    },
  };
}

async function* rowsOf(file: string): AsyncGenerator<ImportedRecord[], undefined> {
  let chunk: ImportedRecord[] = [];
  let length = 0;
  let number = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    if (line === '') continue;
    chunk.push(parseExportLine(line, `${file}, line ${number}`));
    length += line.length;
    if (length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = [];
    length = 0;
  }
  yield chunk;
}

/** Only `\n` ends a line: Node's readline also breaks at U+2028, which JSON texts may contain. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file, 'utf8');
  const parts: string[] = [];
  try {
    for await (const text of stream as AsyncIterable<string>) {
      const [first = '', ...others] = text.split('\n');
      parts.push(first);
      for (const next of others) {
        yield parts.join('');
        parts.splice(0, parts.length, next);
      }
    }
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, { cause: error });
  } finally {
    stream.destroy();
  }
  yield parts.join('');
}
