import { existsSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../files/read-file.ts';
import { redactKnown } from '../text/redact.ts';
import { isSecretName } from '../text/secret-names.ts';
import type { ConnectorPositions, ConnectorState } from './connector-file.ts';
import { type Fields, isFields, type ShapeProblem, stateOf, textOf } from './document-kinds.ts';
import type { Finding } from './finding.ts';
import { findFiles, unreadable } from './paths.ts';
import { positionsIn } from './positions.ts';
import { parseSource, syntaxOf } from './sources/parse.ts';
import { type KeyPath, LineIndex, type SharedValue, secretsShared } from './sources/source.ts';

/** What one context changes about one connector. */
export interface Overlay {
  /** The connector's name. */
  name: string;
  file: string;
  /** Values as written; null removes the key. */
  config: ReadonlyMap<string, string | null>;
  state?: ConnectorState;
  shared?: readonly SharedValue[] | undefined;
  positions(): Promise<ConnectorPositions>;
}

/** Reads all overlays in a folder; none if the folder does not exist. */
export async function readOverlayFolder(folder: string): Promise<{ overlays: Overlay[]; findings: Finding[] }> {
  if (!existsSync(folder)) return { overlays: [], findings: [] };
  const { files, findings } = findFiles([folder]);
  const overlays = new Map<string, Overlay>();
  for (const { file } of files) {
    const read = await readOverlay(file);
    findings.push(...read.findings);
    const { overlay } = read;
    if (overlay === undefined) continue;
    const other = overlays.get(overlay.name);
    if (other === undefined) overlays.set(overlay.name, overlay);
    else {
      findings.push({
        rule: 'duplicate-name',
        severity: 'error',
        message: `${other.file} is also an overlay of "${overlay.name}"`,
        hint: 'Keep one overlay per connector.',
        file,
        connector: overlay.name,
      });
    }
  }
  return { overlays: [...overlays.values()], findings };
}

async function readOverlay(file: string): Promise<{ overlay?: Overlay; findings: Finding[] }> {
  let text: string;
  try {
    text = readText(file).replace(/^\uFEFF/, '');
  } catch (error) {
    const message = `the file cannot be read: ${(error as Error).message}`;
    return { findings: [unreadable(file, message, 'Check the path and permissions.')] };
  }
  const { documents, problems } = await parseSource(text, syntaxOf(text, file));
  const lines = new LineIndex(text);
  const findings: Finding[] = problems.map(({ span, ...problem }) => ({
    ...problem,
    severity: 'error',
    file,
    ...(span ? { position: lines.position(span) } : {}),
  }));
  const [document, second] = documents;
  if (findings.length > 0 || document === undefined) return { findings };
  // A file with nothing but comments changes nothing.
  if (document.value === null && second === undefined) return { findings };
  if (second !== undefined || !isFields(document.value)) {
    findings.push({
      rule: 'not-a-connector',
      severity: 'error',
      message: second === undefined ? 'not an overlay: it has no keys' : 'not an overlay: it has several documents',
      hint: 'Write the keys to change as "key: value", and null for those to remove.',
      file,
    });
    return { findings };
  }
  const shaped = shapeOverlay(document.value, path.basename(file, path.extname(file)));
  const positions = () => positionsIn(document, file, lines, shaped.pathOf);
  const places = shaped.problems.length === 0 ? undefined : await positions();
  const hidden = secretsShared(document.shared, isSecretName);
  for (const { path: keyPath, ...problem } of shaped.problems) {
    const position = places?.key(keyPath.at(-1) ?? '');
    findings.push({
      ...problem,
      ...(hidden.length > 0 ? { message: redactKnown(problem.message, hidden) } : {}),
      file,
      connector: shaped.name,
      ...(places && position ? { position, excerpt: places.excerpt(position) } : {}),
    });
  }
  const { name, config, state } = shaped;
  const { shared } = document;
  return { overlay: { name, file, config, ...(state === undefined ? {} : { state }), shared, positions }, findings };
}

interface ShapedOverlay {
  name: string;
  config: Map<string, string | null>;
  state: ConnectorState | undefined;
  problems: ShapeProblem[];
  pathOf(key: string): KeyPath;
}

const BESIDE_CONFIG = new Set(['name', 'config', 'state', '$schema']);

/** Bare keys, or `config` next to `state` and `name`, as in a connector file. */
function shapeOverlay(value: Fields, fileName: string): ShapedOverlay {
  const problems: ShapeProblem[] = [];
  const wrapped = isFields(value['config']);
  const at: KeyPath = wrapped ? ['config'] : [];
  const fields = isFields(value['config']) ? value['config'] : value;
  const config = new Map<string, string | null>();
  for (const [key, item] of Object.entries(fields)) {
    const text = item === null ? null : textOf(item);
    if (key === 'name' && wrapped) {
      problems.push({ ...NAMED, key, path: [...at, key] });
    } else if (text === undefined) {
      problems.push({
        rule: 'value-not-text',
        severity: 'error',
        message: `"${key}" is ${Array.isArray(item) ? 'a list' : 'an object'}; Connect accepts only text`,
        hint: Array.isArray(item) ? 'Write the items as one text, separated by commas.' : 'Write dotted keys.',
        key,
        path: [...at, key],
      });
    } else if (wrapped || key !== 'name') config.set(key, text);
  }
  for (const key of wrapped ? Object.keys(value) : []) {
    if (BESIDE_CONFIG.has(key)) continue;
    problems.push({
      rule: 'stray-key',
      severity: 'error',
      message: `"${key}" is next to "config" and would have no effect there`,
      hint: 'Move it into "config".',
      key,
      path: [key],
    });
  }
  const state = wrapped ? stateOf(value['state'], ['state'], problems) : undefined;
  return {
    // A name that is not a valid file name is given inside the file.
    name: textOf(value['name']) ?? fileName,
    config,
    state,
    problems,
    pathOf: (key) => (BESIDE_CONFIG.has(key) && (wrapped || key === 'name') ? [key] : [...at, key]),
  };
}

const NAMED = {
  rule: 'name-mismatch',
  severity: 'error',
  message: 'an overlay cannot rename its connector',
  hint: 'Remove "name" from the config.',
} as const;
