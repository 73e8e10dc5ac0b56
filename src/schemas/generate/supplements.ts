import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packagePath } from '../../config/package-root.ts';
import type {
  AliasList,
  ConnectType,
  CrossRule,
  ForeignPrefix,
  KeyFormat,
  PluginType,
  Renamed,
  RenamedPrefix,
} from '../plugin-schema.ts';

/** What a key's definition omits. */
export interface KeySupplement {
  type?: ConnectType;
  default?: string;
  documentation?: string;
  importance?: string;
  enum?: string[];
  items?: string[];
  maxItems?: number;
  /** Whether the plugin starts despite an invalid value; it does not check what its definition omits. */
  lenient?: boolean | 'range';
  pattern?: string;
  itemPattern?: string;
  separator?: string;
  format?: KeyFormat;
  'format-hint'?: string;
  minimum?: number;
  maximum?: number;
}

export interface PrefixSupplement {
  pattern: string;
  description: string;
  type?: ConnectType;
  format?: KeyFormat;
  secret?: true;
}

/** Facts about one or several plugins, maintained by hand. */
export interface Supplement {
  /** Class names, or `@group`. */
  classes: string[];
  keys?: Record<string, KeySupplement>;
  required?: string[];
  prefixes?: PrefixSupplement[];
  renamed?: Record<string, Renamed>;
  renamedPrefixes?: RenamedPrefix[];
  /** Values that were renamed: key → old → new. */
  values?: Record<string, Record<string, string>>;
  rules?: CrossRule[];
  aliases?: AliasList[];
  secrets?: string[];
  foreign?: Record<string, string>;
  foreignPrefixes?: ForeignPrefix[];
  /** Former names of the class. */
  formerly?: string[];
  maxTasks?: number;
  driverPrefix?: string;
}

/** A plugin that is not available, described from its documentation in the form of a supplement. */
export interface DocumentedPlugin extends Omit<Supplement, 'classes'> {
  class: string;
  types: PluginType[];
  version: string;
}

export interface SupplementFile {
  groups: Record<string, string[]>;
  entries: Supplement[];
  plugins?: DocumentedPlugin[];
}

export interface Supplements {
  of(pluginClass: string): Supplement[];
  documented: DocumentedPlugin[];
}

/** Reads schemas/supplements: hand-written data that is merged into the generated schemas. */
export function readSupplements(folder: string = packagePath('schemas', 'supplements')): Supplements {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as SupplementFile);
  const byClass = new Map<string, Supplement[]>();
  for (const file of files) {
    for (const entry of file.entries) {
      const classes = entry.classes.flatMap((name) =>
        name.startsWith('@') ? (file.groups[name.slice(1)] ?? []) : name,
      );
      for (const name of classes) byClass.set(name, [...(byClass.get(name) ?? []), entry]);
    }
  }
  return {
    of: (pluginClass) => byClass.get(pluginClass) ?? [],
    documented: files.flatMap((file) => file.plugins ?? []),
  };
}
