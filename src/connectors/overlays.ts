import path from 'node:path';
import type { Environment } from '../config/environment.ts';
import { nearest } from '../errors/nearest.ts';
import type { ConnectorFile, ConnectorPositions } from './connector-file.ts';
import type { Finding, Position } from './finding.ts';
import type { Overlay } from './overlay-file.ts';
import { resolveValue } from './references.ts';

export interface OverlayScope {
  /** The folder that they stand in, for messages. */
  folder: string;
  /**
   * Names of connectors that are not read in this run, for an overlay that none of those read has; undefined where
   * nobody knows them. Absent where all of the project's connectors are read.
   */
  others?: (() => Promise<ReadonlySet<string> | undefined>) | undefined;
}

/** What one context changes about connectors, each overlay used for the connector of its name. */
export class Overlays {
  readonly #byName: ReadonlyMap<string, Overlay>;
  readonly #findings: Finding[];
  readonly #scope: OverlayScope;
  readonly #seen = new Set<string>();
  /** Keys that an overlay takes away where there is none. */
  readonly #idle: { overlay: Overlay; key: string }[] = [];

  constructor(overlays: readonly Overlay[], findings: readonly Finding[], scope: OverlayScope) {
    this.#byName = new Map(overlays.map((overlay) => [overlay.name, overlay]));
    this.#findings = [...findings];
    this.#scope = scope;
  }

  /** The connector as its context has it: values of the overlay instead of its own, keys that are null there left out. */
  lay(connector: ConnectorFile, environment: Environment): ConnectorFile {
    this.#seen.add(connector.name);
    const overlay = this.#byName.get(connector.name);
    if (overlay === undefined) return connector;
    for (const [key, value] of overlay.config) {
      if (value === null && connector.written[key] === undefined) this.#idle.push({ overlay, key });
    }
    return layOver(connector, overlay, environment);
  }

  /** What is wrong with the overlays; asked once every connector has been read. */
  async findings(): Promise<Finding[]> {
    const idle = await Promise.all(this.#idle.map(idleFinding));
    const unused = [...this.#byName.values()].filter((overlay) => !this.#seen.has(overlay.name));
    if (unused.length === 0) return [...this.#findings, ...idle];
    const { others, folder } = this.#scope;
    const known = others === undefined ? new Set<string>() : await others();
    return [
      ...this.#findings,
      ...idle,
      ...unused.flatMap((overlay): Finding[] => {
        if (known?.has(overlay.name)) return [];
        const meant = nearest(overlay.name, [...this.#seen, ...(known ?? [])]);
        const hint =
          meant === undefined
            ? `Name it as the connector is named, or remove it; only connectors that are read are overlaid by ${folder}.`
            : `Did you mean ${meant}? Its name is that of the connector.`;
        return [
          {
            rule: 'overlay-unmatched',
            // Where only some files were given, the connector may stand in another one.
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

async function idleFinding({ overlay, key }: { overlay: Overlay; key: string }): Promise<Finding> {
  const positions = await overlay.positions();
  const position = positions.key(key);
  return {
    rule: 'overlay-no-effect',
    severity: 'warning',
    message: `"${key}" is taken away, but the connector does not have it`,
    hint: 'Check the spelling, or remove the line.',
    file: overlay.file,
    connector: overlay.name,
    key,
    ...(position ? { position, excerpt: positions.excerpt(position) } : {}),
  };
}

function layOver(base: ConnectorFile, overlay: Overlay, environment: Environment): ConnectorFile {
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
    ...(state === undefined ? {} : { state }),
    overlay: { file: overlay.file, keys },
    positions: async () => positionsOf(keys, await base.positions(), await overlay.positions()),
  };
}

/** Of keys that the overlay has, in the overlay; of all others, in the connector's own file. */
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

/** The folder of a context's overlays; undefined where the context's name cannot be that of a folder. */
export function overlayFolder(projectFolder: string, context: string): string | undefined {
  return /[/\\]|^\.{0,2}$/.test(context) ? undefined : path.join(projectFolder, 'overlays', context);
}
