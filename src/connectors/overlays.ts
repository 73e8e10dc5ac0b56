import path from 'node:path';
import type { Environment } from '../secrets/environment.ts';
import { nearest } from '../text/nearest.ts';
import type { ConnectorFile, ConnectorPositions } from './connector-file.ts';
import type { Finding, Position } from './finding.ts';
import type { Overlay } from './overlay-file.ts';
import { resolveValue } from './references.ts';

export interface OverlayScope {
  /** Their folder, for messages. */
  folder: string;
  /**
   * Names of the connectors that this run does not read, to tell unused overlays from unmatched ones; resolves to
   * undefined if they are unknown. Absent if the run reads all connectors of the project.
   */
  others?: (() => Promise<ReadonlySet<string> | undefined>) | undefined;
}

/** The changes of one context to connectors; each overlay applies to the connector of its name. */
export class Overlays {
  readonly #byName: ReadonlyMap<string, Overlay>;
  readonly #findings: Finding[];
  readonly #scope: OverlayScope;
  readonly #seen = new Set<string>();
  /** Keys that an overlay removes, but the connector does not have. */
  readonly #noOps: { overlay: Overlay; key: string }[] = [];

  constructor(overlays: readonly Overlay[], findings: readonly Finding[], scope: OverlayScope) {
    this.#byName = new Map(overlays.map((overlay) => [overlay.name, overlay]));
    this.#findings = [...findings];
    this.#scope = scope;
  }

  /** The connector in its context: values of the overlay replace its own, keys that are null there are removed. */
  apply(connector: ConnectorFile, environment: Environment): ConnectorFile {
    this.#seen.add(connector.name);
    const overlay = this.#byName.get(connector.name);
    if (overlay === undefined) return connector;
    for (const [key, value] of overlay.config) {
      if (value === null && connector.written[key] === undefined) this.#noOps.push({ overlay, key });
    }
    return applyOverlay(connector, overlay, environment);
  }

  /**
   * Findings about the overlays; call this once all connectors have been read.
   * @param complete false if a file could not be read: it may contain the connector of an overlay that seems unmatched
   */
  async findings({ complete = true }: { complete?: boolean } = {}): Promise<Finding[]> {
    const noOps = await Promise.all(this.#noOps.map(noOpFinding));
    const unused = [...this.#byName.values()].filter((overlay) => !this.#seen.has(overlay.name));
    if (unused.length === 0 || !complete) return [...this.#findings, ...noOps];
    const { others, folder } = this.#scope;
    const known = others === undefined ? new Set<string>() : await others();
    return [
      ...this.#findings,
      ...noOps,
      ...unused.flatMap((overlay): Finding[] => {
        if (known?.has(overlay.name)) return [];
        const suggestion = nearest(overlay.name, [...this.#seen, ...(known ?? [])]);
        const hint =
          suggestion === undefined
            ? `Name it after its connector, or remove it; ${folder} applies only to connectors that are read.`
            : `Did you mean ${suggestion}? An overlay is named after its connector.`;
        return [
          {
            rule: 'overlay-unmatched',
            // If only some files were given, the connector may be in another one.
            severity: known === undefined ? 'warning' : 'error',
            message: `there is no connector "${overlay.name}" for this overlay`,
            hint,
            file: overlay.file,
          },
        ];
      }),
    ];
  }
}

async function noOpFinding({ overlay, key }: { overlay: Overlay; key: string }): Promise<Finding> {
  const positions = await overlay.positions();
  const position = positions.key(key);
  return {
    rule: 'overlay-no-effect',
    severity: 'warning',
    message: `"${key}" is removed, but the connector does not have it`,
    hint: 'Check the spelling, or remove the line.',
    file: overlay.file,
    connector: overlay.name,
    key,
    ...(position ? { position, excerpt: positions.excerpt(position) } : {}),
  };
}

function applyOverlay(base: ConnectorFile, overlay: Overlay, environment: Environment): ConnectorFile {
  const written = new Map(Object.entries(base.written));
  const config = new Map(Object.entries(base.config));
  const unset = new Set(base.unset);
  const filled = new Map(base.filled);
  const unreadable = new Set(base.unreadable);
  const keys = new Set<string>();
  for (const [key, value] of overlay.config) {
    unset.delete(key);
    filled.delete(key);
    unreadable.delete(key);
    if (value === null) {
      written.delete(key);
      config.delete(key);
      continue;
    }
    keys.add(key);
    const resolved = resolveValue(value, environment);
    written.set(key, value);
    config.set(key, resolved.value);
    if (resolved.unset.length > 0) unset.add(key);
    if (resolved.filled.length > 0) filled.set(key, resolved.filled);
  }
  if (overlay.state !== undefined) keys.add('state');
  const state = overlay.state ?? base.state;
  return {
    ...base,
    config: Object.fromEntries(config),
    written: Object.fromEntries(written),
    unset,
    filled,
    unreadable,
    ...(base.shared || overlay.shared ? { shared: [...(base.shared ?? []), ...(overlay.shared ?? [])] } : {}),
    ...(state === undefined ? {} : { state }),
    overlay: { file: overlay.file, keys },
    positions: async () => positionsOf(keys, await base.positions(), await overlay.positions()),
  };
}

/** Positions in the overlay for its keys, and in the connector's own file for all others. */
function positionsOf(keys: ReadonlySet<string>, own: ConnectorPositions, over: ConnectorPositions): ConnectorPositions {
  const fromOverlay = new WeakSet<Position>();
  const marked = (position: Position | undefined) => {
    if (position) fromOverlay.add(position);
    return position;
  };
  const sideOf = (position: Position) => (fromOverlay.has(position) ? over : own);
  return {
    start: () => own.start(),
    key: (key) => (keys.has(key) ? marked(over.key(key)) : own.key(key)),
    value: (key) => (keys.has(key) ? marked(over.value(key)) : own.value(key)),
    file: (position) => sideOf(position).file(position),
    excerpt: (position, isSecret) => sideOf(position).excerpt(position, isSecret),
    line: (position, before) => sideOf(position).line(position, before),
  };
}

/** The folder of a context's overlays; undefined if the context's name is not a valid folder name. */
export function overlayFolder(projectFolder: string, context: string): string | undefined {
  return /[/\\]|^\.{0,2}$/.test(context) ? undefined : path.join(projectFolder, 'overlays', context);
}
