import { writeFileSync } from 'node:fs';
import type { Targets } from '../config/targets.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { bytesOf, textOf } from '../connectors/encoding.ts';
import { readEachFile, readText } from '../connectors/files.ts';
import type { ConfigPatch } from '../connectors/live-file.ts';
import { patchText } from '../connectors/patch-text.ts';
import { openProjectFiles, type Reading } from '../connectors/reading.ts';
import { SluiceError } from '../errors/error.ts';
import { readBytes } from '../files/read-file.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { own } from '../text/own.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';

/** A connector of the project, and the patch that its file lacks. */
export interface Declared {
  connector: ConnectorFile;
  /** Keys in which the patched connector differs from the file, with the context's overlay. */
  keys: string[];
}

/** How the files of the project are read; undefined without a project, or if it lists no connectors. */
export async function projectReading(targets: Targets): Promise<Reading | undefined> {
  if (((await targets.project())?.document.connectors ?? []).length === 0) return undefined;
  return openProjectFiles(targets, [], { stdin: async () => Buffer.alloc(0) });
}

/** The files of the project that have the connectors, whether or not they are complete. */
export async function declaredConnectors(
  names: readonly string[],
  patch: ConfigPatch,
  reading: Reading | undefined,
): Promise<Declared[]> {
  const declared: Declared[] = [];
  if (reading === undefined) return declared;
  for await (const { connectors } of readEachFile(reading.paths, { ...reading, unset: 'warning' }))
    for (const connector of connectors)
      if (names.includes(connector.name)) declared.push({ connector, keys: differing(connector, patch) });
  return declared;
}

function differing({ written }: ConnectorFile, { set, unset }: ConfigPatch): string[] {
  return [
    ...Object.keys(set).filter((key) => own(written, key) !== set[key]),
    ...unset.filter((key) => Object.hasOwn(written, key)),
  ];
}

/**
 * The files as the patch would make them, before anything is sent.
 * @throws REQUEST_INVALID where a file cannot be changed for sure, or would hold a secret
 */
export async function planFiles(
  declared: readonly Declared[],
  names: readonly string[],
  patch: ConfigPatch,
  { store, reading }: { store: SchemaStore; reading: Reading | undefined },
): Promise<() => string[]> {
  const missing = names.filter((name) => !declared.some(({ connector }) => connector.name === name));
  if (reading === undefined || missing.length > 0)
    throw refusal(
      `no file of the project has ${missing.join(', ')}`,
      `Export it first: ${command(`export ${missing.map(shellWord).join(' ')}`)}`,
    );
  for (const { connector } of declared) assertEditable(connector, patch, store);
  const texts = new Map<string, { before: Buffer; text: string }>();
  for (const { connector } of declared.filter(({ keys }) => keys.length > 0)) {
    const { file, name } = connector;
    const known = texts.get(file) ?? readWhole(file);
    const text = await patchText(known.text, file, name, patch, reading.environment);
    if (text === undefined)
      throw refusal(
        `${name} cannot be changed in ${file} without changing more`,
        'Change the file by hand, and deploy it.',
      );
    // With the context's overlay, which may remove a key again.
    const { connectors } = await readText(text, { file, origin: 'named' }, reading);
    const same = connectors.find((one) => one.name === name);
    if (same === undefined || differing(same, patch).length > 0)
      throw refusal(`an overlay changes ${name} again after ${file}`, 'Change the overlay, and deploy it.');
    texts.set(file, { ...known, text });
  }
  return () => {
    for (const [file, { before, text }] of texts) write(file, before, text);
    return [...texts.keys()];
  };
}

function readWhole(file: string): { before: Buffer; text: string } {
  const before = readBytes(file);
  const text = textOf(before, file);
  if (text === undefined) throw refusal(`${file} is not text`, 'Change the file by hand, and deploy it.');
  return { before, text };
}

/** @throws FILE_UNWRITABLE, also if it was changed since it was read */
function write(file: string, before: Buffer, text: string): void {
  const failed = (message: string, cause?: unknown) =>
    new SluiceError('FILE_UNWRITABLE', `the live connector was changed, but ${file} was not: ${message}`, {
      hint: 'Make the same change in the file, or the next deploy undoes it.',
      cause,
    });
  try {
    if (!readBytes(file).equals(before)) throw failed('somebody else changed it meanwhile');
    writeFileSync(file, bytesOf(text, before));
  } catch (error) {
    throw error instanceof SluiceError ? error : failed((error as Error).message, error);
  }
}

function assertEditable(connector: ConnectorFile, { set, unset }: ConfigPatch, store: SchemaStore): void {
  const { overlay, file, name } = connector;
  const overlaid = [...Object.keys(set), ...unset].find((key) => overlay?.keys.has(key));
  if (overlaid !== undefined)
    throw refusal(
      `${overlaid} of ${name} comes from ${overlay?.file}, not from ${file}`,
      `Change ${overlay?.file}, and deploy it.`,
    );
  const { isSecret } = configSecrets({ ...connector, config: { ...connector.config, ...set } }, store);
  const secret = Object.keys(set).find((key) => isSecret(key) && !(set[key] ?? '').includes('${'));
  if (secret !== undefined)
    throw refusal(
      `${file} would hold ${secret} in clear`,
      'Give a reference as its value, such as ${NAME} or one that the worker resolves.',
    );
}

function refusal(message: string, hint: string): SluiceError {
  return new SluiceError('REQUEST_INVALID', message, { hint });
}
