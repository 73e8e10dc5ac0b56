// Writes schemas/plugins and schemas/clients from a running worker (SLUICE_CONNECT_URL, or the sandbox, which it starts)
// and from Kafka's own client classes. `--check` compares instead of writing and exits 1 on a difference.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../src/config/paths.ts';
import { DEFAULT_SANDBOX, readSandboxRecord, sandboxAddress } from '../src/config/sandbox-record.ts';
import { createConnectClient } from '../src/connect/client.ts';
import { systemClock } from '../src/ports/clock.ts';
import { silentLogger } from '../src/ports/logger.ts';
import { readClientSchemas } from '../src/schemas/generate/client-configs.ts';
import { collectSchemas } from '../src/schemas/generate/collect.ts';
import { readSupplements } from '../src/schemas/generate/supplements.ts';
import { schemaFiles, writeSchemas } from '../src/schemas/write.ts';

const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'schemas', 'plugins');

function sluice(...args: string[]): void {
  const { status } = spawnSync(process.execPath, [path.join(root, 'bin', 'dev.js'), ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`sluice ${args.join(' ')} failed`);
}

const { state } = userFolders();
const given = process.env.SLUICE_CONNECT_URL;
const running = readSandboxRecord(state, DEFAULT_SANDBOX)?.parts.worker !== undefined;
if (given === undefined) sluice('sandbox', 'up');
try {
  const url = given ?? sandboxAddress(state, DEFAULT_SANDBOX, 'worker');
  const client = createConnectClient(
    { name: url, urls: [url], connect: {}, kafka: undefined, protected: false },
    { clock: systemClock, signal: AbortSignal.timeout(600_000), logger: silentLogger },
  );
  const schemas = await collectSchemas(client, {
    supplements: readSupplements(),
    documented: true,
    progress: (pluginClass, index, total) => console.error(`${index + 1}/${total} ${pluginClass}`),
  });
  schemas.push(...(await readClientSchemas(userFolders().cache)));
  if (process.argv.includes('--check')) {
    const stale = [...schemaFiles(schemas)].filter(([name, text]) => {
      const file = path.join(folder, name);
      return !existsSync(file) || readFileSync(file, 'utf8') !== text;
    });
    for (const [name] of stale) console.error(`stale: schemas/plugins/${name}`);
    if (stale.length > 0) process.exitCode = 1;
  } else writeSchemas(folder, schemas);
} finally {
  if (given === undefined && !running) sluice('sandbox', 'down');
}
