import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ClientOptions, ConnectClient } from '../../src/connect/client.ts';
import type { ConnectorConfig } from '../../src/connect/types.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { sandbox } from './sandbox.ts';

/** A client of the shared sandbox's worker, for setting the scene and for looking behind the command's back. */
export function sandboxClient(options: Pick<ClientOptions, 'rebalanceMs'> = {}): ConnectClient {
  return new ConnectClient(
    { urls: [sandbox.connectUrl], connect: {} },
    { clock: systemClock, signal: new AbortController().signal, logger: silentLogger, ...options },
  );
}

/** A folder of the test's own that both it and the worker can reach. */
export function workFolder(name: string): {
  path(...parts: string[]): string;
  write(file: string, text: string): string;
  remove(): void;
} {
  const folder = mkdtempSync(path.join(tmpdir(), `sluice-${name}-`));
  return {
    path: (...parts) => path.join(folder, ...parts),
    write(file, text) {
      const absolute = path.join(folder, file);
      mkdirSync(path.dirname(absolute), { recursive: true });
      writeFileSync(absolute, text);
      return absolute;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function fileSource(file: string, topic: string, more: ConnectorConfig = {}): ConnectorConfig {
  return {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
    'tasks.max': '1',
    file,
    topic,
    ...TEXT,
    ...more,
  };
}

export function fileSink(file: string, topics: string, more: ConnectorConfig = {}): ConnectorConfig {
  return {
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
    'tasks.max': '1',
    file,
    topics,
    ...TEXT,
    ...more,
  };
}

const TEXT = {
  'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
  'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
};

/** Looks until `reached` holds. @throws when it does not within `timeoutMs` */
export async function eventually<T>(
  look: () => Promise<T>,
  reached: (seen: T) => boolean,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (reached(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`not reached within ${timeoutMs} ms; last seen: ${JSON.stringify(seen)}`);
    await systemClock.sleep(100);
  }
}
