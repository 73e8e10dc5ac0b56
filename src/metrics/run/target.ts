import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { type ConnectAddress, connectAddress } from '../../config/connect-url.ts';
import { SluiceError } from '../../errors/error.ts';

/** Where the metrics of a run go. */
export type MetricsTarget =
  | { kind: 'textfile'; file: string }
  | {
      kind: 'pushgateway';
      address: ConnectAddress;
      /** Of the address, if it names a job itself. */
      group: string | undefined;
    };

/**
 * @param text `textfile:FILE.prom`, or the URL of a Pushgateway, which may go on with `/metrics/job/…`
 * @param setting what it is called where it was written
 * @throws REQUEST_INVALID
 */
export function metricsTarget(text: string, setting: string): MetricsTarget {
  const [, file] = /^textfile:(.*)$/s.exec(text) ?? [];
  if (file !== undefined) {
    // The collector reads no other.
    if (file.endsWith('.prom') && path.basename(file) !== '.prom') return { kind: 'textfile', file };
    throw new SluiceError('REQUEST_INVALID', `${setting} needs a file whose name ends in .prom`, {
      hint: "Write it into the folder of node_exporter's textfile collector: textfile:/var/lib/node_exporter/sluice.prom",
    });
  }
  if (!/^https?:\/\//i.test(text)) {
    throw new SluiceError('REQUEST_INVALID', `${setting} needs textfile:FILE.prom, or the URL of a Pushgateway`, {
      hint: 'Such as http://pushgateway:9091',
    });
  }
  const address = connectAddress(text, setting, 'a Pushgateway');
  const [url = '', group] = address.url.split(/(\/metrics\/job(?:@base64)?\/.*)$/);
  return { kind: 'pushgateway', address: { ...address, url }, group };
}

/**
 * What would only be found out after the work, if nobody looked now.
 * @throws FILE_UNWRITABLE
 */
export function assertWritable(target: MetricsTarget): void {
  if (target.kind !== 'textfile') return;
  const folder = path.dirname(target.file);
  try {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new SluiceError('FILE_UNWRITABLE', `metrics cannot be written: ${(error as Error).message}`, {
      hint: 'The folder must exist, and sluice must be allowed to create files in it.',
      cause: error,
    });
  }
}
