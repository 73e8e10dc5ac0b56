import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { connectorType } from '../../connect/connector.ts';
import type { ConnectorOffset, ListedConnector } from '../../connect/types.ts';
import { SluiceError } from '../../errors/error.ts';
import { writeDurableFile } from '../../files/durable-file.ts';
import { readText } from '../../files/read-file.ts';
import { parseExact } from '../../text/exact-json.ts';
import { jsonErrorMessage } from '../../text/json-error.ts';
import { command, setting } from '../../text/settings.ts';
import { visibleJson } from '../../text/visible.ts';
import { sinkGroup } from '../../topology/consumer-groups.ts';
import { backupCheck } from './backup-check.ts';

/** The offsets of one connector. */
export interface SavedOffsets {
  name: string;
  class: string;
  type: 'sink' | 'source';
  /** The consumer group of a sink; null for a source. */
  group: string | null;
  offsets: ConnectorOffset[];
}

/** A backup file: schemas/offsets-backup.json. */
export interface OffsetsBackup {
  kind: 'sluice offsets backup';
  schemaVersion: 1;
  at: string;
  /** Id of the Kafka cluster behind the worker. */
  cluster: string | null;
  context: string;
  connectors: SavedOffsets[];
}

/** A backup of a large cluster is far below this. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What a backup keeps of a connector. @throws REQUEST_INVALID if the worker does not say whether it is a sink or a source */
export function savedOffsets(connector: ListedConnector, offsets: readonly ConnectorOffset[]): SavedOffsets {
  const { name, info } = connector;
  const type = knownType(connector);
  return {
    name,
    class: info.config['connector.class'] ?? '',
    type,
    group: type === 'sink' ? sinkGroup(name, info.config) : null,
    offsets: offsets.filter(({ offset }) => (offset ?? null) !== null),
  };
}

/** @throws REQUEST_INVALID if the worker does not say it */
export function knownType(connector: ListedConnector): 'sink' | 'source' {
  const type = connectorType(connector);
  if (type === 'sink' || type === 'source') return type;
  throw new SluiceError(
    'REQUEST_INVALID',
    `the worker does not say whether "${connector.name}" is a sink or a source`,
    {
      hint: 'Its plugin may be missing, or the connector has just been created. Try again later.',
    },
  );
}

/** Writes a backup that only its owner may read. @throws FILE_UNWRITABLE if it exists, unless it may be replaced */
export function writeBackup(file: string, backup: OffsetsBackup, { replace }: { replace: boolean }): void {
  writeDurableFile(file, `${visibleJson(JSON.stringify(backup, null, 2))}\n`, {
    exclusive: !replace,
    hint: `Name another file, or pass ${setting('force')} to replace it.`,
  });
}

/**
 * Writes the backup that precedes every change, where it stays: in a folder of the user, under a name of its own.
 * @returns the file
 */
export function keepBackup(stateFolder: string, backup: OffsetsBackup): string {
  const [name = ''] = backup.connectors.map((one) => one.name.replaceAll(/[^\w.-]/g, '_').slice(0, 80));
  const when = backup.at.replaceAll(/[-:]|\.\d+/g, '');
  const file = path.join(stateFolder, 'offsets', `${name}-${when}-${randomBytes(3).toString('hex')}.json`);
  writeDurableFile(file, `${visibleJson(JSON.stringify(backup, null, 2))}\n`, {
    exclusive: true,
    hint: 'Nothing was changed: without a backup no offsets are. SLUICE_STATE_DIR moves the folder.',
  });
  return file;
}

/** @throws FILE_UNREADABLE, BACKUP_INVALID */
export async function readBackup(file: string): Promise<OffsetsBackup> {
  const text = readOffsetsFile(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(file, `it is not JSON: ${jsonErrorMessage(error)}`);
  }
  const check = await backupCheck();
  if (!check(value)) {
    const [finding] = check.errors ?? [];
    throw invalid(
      file,
      finding === undefined ? 'it is not a backup' : `${finding.instancePath || 'the document'} ${finding.message}`,
    );
  }
  const backup = parseExact(text) as OffsetsBackup;
  const names = backup.connectors.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw invalid(file, `it has the connector "${twice}" twice`);
  return backup;
}

/** @throws FILE_UNREADABLE */
export function readOffsetsFile(file: string): string {
  try {
    // Editors on Windows put a byte order mark before the text.
    return readText(file, MAX_BYTES).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new SluiceError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, {
      hint: 'Check the path and permissions.',
      cause: error,
    });
  }
}

function invalid(file: string, why: string): SluiceError {
  return new SluiceError('BACKUP_INVALID', `${file} is not a backup of offsets: ${why}`, {
    hint: `Nothing was changed. A backup is written by: ${command('offsets backup NAME', { save: 'backup.json' })}`,
  });
}

/** How a saved entry does not fit a live connector; its type must always. Pure. @throws BACKUP_MISMATCHED for another type */
export function mismatches(
  saved: SavedOffsets,
  backup: Pick<OffsetsBackup, 'cluster'>,
  live: { connector: ListedConnector; cluster: string | null },
): string[] {
  const { connector, cluster } = live;
  const type = knownType(connector);
  if (saved.type !== type) {
    throw new SluiceError(
      'BACKUP_MISMATCHED',
      `the backup has the offsets of a ${saved.type}, but "${connector.name}" is a ${type}`,
      { details: { name: connector.name } },
    );
  }
  const now = connector.info.config['connector.class'] ?? '';
  return [
    ...(saved.name === connector.name ? [] : [`it is of the connector "${saved.name}", not "${connector.name}"`]),
    ...(saved.class === now ? [] : [`its class is ${saved.class}, and that of "${connector.name}" is ${now}`]),
    ...(cluster !== null && backup.cluster === cluster
      ? []
      : [
          `it is of the Kafka cluster ${backup.cluster ?? 'that is not known'}, not of ${cluster ?? 'one that is known'}`,
        ]),
  ];
}
