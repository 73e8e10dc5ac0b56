import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { ConnectorConfig } from '../../../src/connect/types.ts';
import { readConnectorFiles } from '../../../src/connectors/files.ts';
import { exportConnectors } from '../../../src/export/export.ts';
import { EXPORT_FORMATS } from '../../../src/export/request.ts';
import { silentLogger } from '../../../src/ports/logger.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-export-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each(EXPORT_FORMATS)(
  'names and keys that mean something elsewhere are read again as they are (%s)',
  async (format) => {
    const config = JSON.parse('{"connector.class": "X", "__proto__": "x", "a": "${A}"}') as ConnectorConfig;
    const names = ['__proto__', 'e${NAME}', '$${NAME}', 'E-Case', 'e-case', 'true', '1', '~', 'a: b', 'a #b'];
    const connectors = names.map((name) => ({ name, info: { name, config, tasks: [] }, status: null }));
    await exportConnectors({
      client: { listing: async () => ({ connectors, unreadable: [] }) },
      context: 'dev',
      names: [],
      folder,
      envFile: path.join(folder, '.env'),
      format,
      cluster: 'c',
      force: false,
      logger: silentLogger,
      secrets: (connector) => configSecrets(connector),
    });
    const read = (await readConnectorFiles([folder], { environment: {} })).connectors;
    expect(read.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const one of read) expect(Object.entries(one.config).toSorted()).toEqual(Object.entries(config).toSorted());
  },
);
