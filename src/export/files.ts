import { appendFileSync, chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { writePublicFile } from '../files/private-file.ts';
import { readText } from '../files/read-file.ts';
import { setting } from '../text/settings.ts';

/** A file name for a connector: its own name if that is a valid one. */
export function fileName(connector: string, extension: string, taken: Set<string>): string {
  const base = connector.replaceAll(/[^\w.-]+/g, '_').replace(/^\.+/, '_');
  let name = `${base}.${extension}`;
  for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${base}-${count}.${extension}`;
  taken.add(name.toLowerCase());
  return name;
}

/** @throws FILE_UNWRITABLE, also if the file exists and `force` is not given. */
export function writeConnector(file: string, text: string, force: boolean): void {
  writing(file, () => {
    makeFolder(path.dirname(file));
    if (force) writePublicFile(file, text);
    else writeFileSync(file, text, { flag: 'wx' });
  });
}

/**
 * The variables of an env file that other connector files may refer to; undefined for those that are still to be filled in.
 * @param replaced files to be overwritten: what they refer to is their own
 */
export function variablesOfOthers(envFile: string, replaced: readonly string[]): Map<string, string | undefined> {
  const read = (file: string) => (existsSync(file) ? writing(file, () => readText(file)) : '');
  const text = read(envFile);
  const others = new Map<string, string | undefined>(
    [...text.matchAll(/^# ([A-Z_][A-Z0-9_]*)= /gm)].map(([, name = '']) => [name, undefined]),
  );
  for (const [name, value] of Object.entries(parseEnv(text))) others.set(name, value);
  for (const [, name = ''] of replaced
    .map(read)
    .join('\n')
    .matchAll(/\$\{([A-Z_][A-Z0-9_]*)\}/g))
    others.delete(name);
  return others;
}

/**
 * Adds variables to an env file that only its owner may read. Existing lines stay; a later line overrides an earlier one.
 * The file is added to a `.gitignore` next to it: the next `git add` must not commit secrets.
 */
export function writeEnvFile(file: string, lines: readonly string[]): void {
  writing(file, () => {
    makeFolder(path.dirname(file));
    const before = existsSync(file) ? readText(file) : '';
    const known = parseEnv(before);
    const fresh = lines.filter((line) => {
      const [variable, value] = Object.entries(parseEnv(line))[0] ?? [];
      return variable === undefined ? !before.includes(line) : known[variable] !== value;
    });
    const gap = before === '' || before.endsWith('\n') ? '' : '\n';
    // Restricted before writing: between a write and a chmod, anyone could read it.
    if (existsSync(file)) chmodSync(file, 0o600);
    // Ignored before it exists: another program may run `git add` in between.
    ignoreInGit(file);
    appendFileSync(file, `${gap}${fresh.map((line) => `${line}\n`).join('')}`, { mode: 0o600 });
  });
}

function ignoreInGit(file: string): void {
  const ignore = path.join(path.dirname(file), '.gitignore');
  const name = path.basename(file);
  const lines = existsSync(ignore) ? readText(ignore) : '';
  if (lines.split(/\r?\n/).some((line) => line.trim() === name || line.trim() === `/${name}`)) return;
  appendFileSync(ignore, `${lines === '' || lines.endsWith('\n') ? '' : '\n'}/${name}\n`);
}

function writing<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new SluiceError(
      'FILE_UNWRITABLE',
      exists ? `${file} already exists` : `cannot write ${file}: ${(error as Error).message}`,
      {
        hint: exists
          ? `Replace it with ${setting('force')}, or write elsewhere with ${setting('out')}.`
          : 'Check the path and permissions.',
        cause: error,
      },
    );
  }
}
