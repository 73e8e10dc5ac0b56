import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { packagePath } from '../../src/config/package-root.ts';
import type { SandboxStatus } from '../../src/sandbox/status.ts';
import { MARIADB, MYSQL } from './model.ts';
import { figureLine, runOracle } from './runner.ts';
import type { Servers } from './servers.ts';

/**
 * `npm run test:oracle`: 5,000 random tables. SLUICE_ORACLE_TABLES, SLUICE_ORACLE_SEED, SLUICE_ORACLE_WORKERS; SLUICE_ORACLE_ONLY for
 * one of them; SLUICE_TEST_SANDBOX for a sandbox that runs already; SLUICE_ORACLE_MYSQL for the URL of a MySQL in MariaDB's place.
 */
const { env } = process;
const seed = Number(env.SLUICE_ORACLE_SEED ?? Math.trunc(Math.random() * 1e9));
const only = env.SLUICE_ORACLE_ONLY === undefined ? undefined : Number(env.SLUICE_ORACLE_ONLY);
const name = env.SLUICE_TEST_SANDBOX || `oracle-${process.pid}`;

async function sluice(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [packagePath('bin', 'run.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${code}\n${text}`);
  return text;
}

async function servers(): Promise<Servers> {
  const with_ = process.platform === 'linux' && process.arch === 'x64' ? ['--with', 'mariadb'] : [];
  const status = JSON.parse(await sluice(['sandbox', 'up', '--name', name, ...with_, '--json'])) as SandboxStatus;
  const { source, target, mariadb } = status.databases;
  if (source === undefined || target === undefined) throw new Error('the sandbox has no databases');
  return {
    source: source.url,
    target: target.url,
    mysql: env.SLUICE_ORACLE_MYSQL ?? mariadb?.url,
    mysqlEngine: env.SLUICE_ORACLE_MYSQL === undefined ? MARIADB : MYSQL,
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  say(`seed ${seed}`);
  let told = 0;
  const figures = await runOracle({
    servers: await servers(),
    seed,
    only,
    tables: Number(env.SLUICE_ORACLE_TABLES ?? 5000),
    workers: Number(env.SLUICE_ORACLE_WORKERS ?? 3),
    onMismatch: ({ reproduction }) => say(`${reproduction}\n`),
    onProgress: (now) => {
      if (now.tables - told < 500) return;
      told = now.tables;
      say(figureLine(now));
    },
  });
  for (const [kind, times] of Object.entries(figures.kinds).sort(([, a], [, b]) => b - a)) say(`${times} × ${kind}`);
  for (const [reason, times] of Object.entries(figures.refused)) say(`refused ${times} ×: ${reason}`);
  for (const [feature, times] of Object.entries(figures.features).sort(([, a], [, b]) => b - a))
    say(`${feature}: ${times}`);
  say(figureLine(figures));
  if (figures.mismatches > 0) process.exitCode = 10;
} finally {
  if (!env.SLUICE_TEST_SANDBOX) await sluice(['sandbox', 'down', '--name', name, '--purge']);
}
