import { compareTexts } from '../text/compare-texts.ts';
import { REFERENCE_ONLY, redactEntry } from '../text/redact.ts';
import { isDatabaseUrl } from './database-url.ts';
import type { SettingOrigin, Targets } from './targets.ts';

export interface Setting {
  /** Path of keys, as in sluice.yaml. */
  key: string;
  /** For display: secrets masked, references as written. */
  value: string;
  origin: SettingOrigin;
}

export interface EffectiveSettings {
  /** Absolute path, or null if no project file was found. */
  projectFile: string | null;
  settings: Setting[];
}

/**
 * Every effective setting and its origin. References stay as written: showing settings needs no secrets.
 * @throws PROJECT_INVALID, PROJECT_NOT_FOUND.
 */
export async function describeSettings(targets: Targets): Promise<EffectiveSettings> {
  const selection = await targets.selection();
  const files = await targets.files();
  const settings = new Map<string, Setting>();
  if (selection)
    settings.set('context', {
      key: 'context',
      value: redactEntry('context', selection.name),
      origin: selection.origin,
    });
  for (const { project, origin } of files) {
    for (const [key, value] of leaves(project.document)) {
      const shown = redactEntry(key, value, mayBeSecret(key, value) ? () => true : undefined);
      // The first file with a key wins; contexts and databases are never merged.
      if (!settings.has(key)) settings.set(key, { key, value: shown, origin });
    }
  }
  const { contexts, databases } = targets.sandboxes();
  const own = (name: string, kind: 'contexts' | 'databases') =>
    files.some(({ project }) => Object.hasOwn(project.document[kind] ?? {}, name));
  for (const [name, address] of contexts) {
    const key = `contexts.${name}.connect`;
    if (!own(name, 'contexts')) settings.set(key, { key, value: redactEntry(key, address), origin: 'sandbox' });
  }
  for (const [name, address] of databases) {
    const key = `databases.${name}`;
    if (!own(name, 'databases')) settings.set(key, { key, value: redactEntry(key, address), origin: 'sandbox' });
  }
  return {
    projectFile: files.find((file) => file.origin === 'project file')?.project.file ?? null,
    settings: [...settings.values()].sort((a, b) => compareTexts(a.key, b.key)),
  };
}

/**
 * Any header may authenticate its sender, and any variable may be a connector's password. A database entry that is not a
 * URL may be its password in the wrong place.
 */
function mayBeSecret(key: string, value: string): boolean {
  if (/^contexts\..*\.(?:connect|schemaRegistry|metrics\.(?:jolokia|exporter))\.headers\./.test(key)) return true;
  if (isReferences(value)) return false;
  // The URL of a webhook is its password.
  if (/^alerts\.receivers\.[^.]+\.(?!email\.(?:server|from|to)(?:\.|$))/.test(key)) return true;
  return /^contexts\..*\.variables\.[^.]+$/.test(key) || (/^databases\./.test(key) && !isDatabaseUrl(value));
}

/** Only references: text next to one, or its default, may be the secret or part of it. */
function isReferences(value: string): boolean {
  return value.split(/(\$\{[^}]*\})/).every((part) => part === '' || REFERENCE_ONLY.test(part));
}

function* leaves(value: unknown, prefix = ''): Generator<[key: string, value: string]> {
  if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) yield* leaves(item, prefix === '' ? key : `${prefix}.${key}`);
    return;
  }
  yield [prefix, String(value)];
}
