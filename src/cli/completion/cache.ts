import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../files/make-folder.ts';

/** What the last command that listed the connectors of a cluster saw: names, never a configuration. */
export interface CachedNames {
  /** URLs of the cluster, without credentials. */
  urls: string[];
  connectors: string[];
  /** Tables that its sources capture, if they are named singly. */
  tables: string[];
}

type Kept = CachedNames & { key: string };

/** A file with names of so many connectors is of no use for completion. */
const MOST = 5000;

/** A digest of Node.js would take longer to load than the file to read; the file says which key it is for. */
function fileOf(cacheFolder: string, key: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(key)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return path.join(cacheFolder, 'completion', `${hash.toString(16)}.json`);
}

/** @param key of the selected cluster @returns with its age (ms); undefined if there is none that can be read */
export function readNames(cacheFolder: string, key: string): (CachedNames & { ageMs: number }) | undefined {
  try {
    const file = fileOf(cacheFolder, key);
    const { key: of, urls, connectors, tables } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Kept>;
    if (of !== key) return undefined;
    const [own, names, those] = [texts(urls), texts(connectors), texts(tables)];
    return { urls: own, connectors: names, tables: those, ageMs: Date.now() - statSync(file).mtimeMs };
  } catch {
    return undefined;
  }
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

/** Writes it so that only the user can read it. @param tables undefined keeps those of before @throws the system's errors */
export function writeNames(
  cacheFolder: string,
  key: string,
  { urls, connectors, tables }: Omit<CachedNames, 'tables'> & { tables: string[] | undefined },
): void {
  const file = fileOf(cacheFolder, key);
  makeFolder(path.dirname(file), 0o700);
  chmodSync(path.dirname(file), 0o700);
  const kept = [...new Set(tables ?? readNames(cacheFolder, key)?.tables ?? [])].sort();
  const names: Kept = { key, urls, connectors: connectors.slice(0, MOST), tables: kept.slice(0, MOST) };
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(names), { mode: 0o600 });
  renameSync(temporary, file);
}

/** One attempt at a time, and not at every keystroke: false if another was made a moment ago. */
export function mayRefresh(cacheFolder: string, key: string, everyMs: number): boolean {
  const mark = `${fileOf(cacheFolder, key)}.tried`;
  const last = statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - last < everyMs) return false;
  makeFolder(path.dirname(mark), 0o700);
  writeFileSync(mark, '', { mode: 0o600 });
  return true;
}

/** Tables that a source's configuration names singly, without patterns. */
export function tablesOf(config: Readonly<Record<string, string>>): string[] {
  return (config['table.include.list'] ?? '')
    .split(',')
    .map((one) => one.trim().replaceAll('\\.', '.'))
    .filter((one) => /^[\w$]+(?:\.[\w$]+){0,2}$/.test(one));
}
