/** Names in a sluice.yaml; references stay unresolved. */
export interface ProjectNames {
  contexts: string[];
  databases: string[];
  pairs: string[];
  defaultContext: string | undefined;
}

/**
 * Reads the names line by line: to load a parser of YAML takes longer than a completion may.
 * @returns undefined if the file is not that plain
 */
export function plainNames(text: string): ProjectNames | undefined {
  const found: ProjectNames = { contexts: [], databases: [], pairs: [], defaultContext: undefined };
  /** The keys above a line, with their indents. */
  let above: { indent: number; key: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:#.*)?$/.test(line) || /^---\s*$/.test(line)) continue;
    const indent = line.search(/\S/);
    above = above.filter((one) => one.indent < indent);
    const isOfInterest = above.length === 0 || SECTIONS.has(above[0]?.key ?? '');
    const [, key, value = ''] = /^\s*([\w.-]+):(?:\s+(.*))?$/.exec(line) ?? [];
    if (key === undefined) {
      if (isOfInterest && (above.length === 0 || isNameIn(above))) return undefined;
      continue;
    }
    const plain = value.replace(/\s+#.*$/, '').trim();
    if (above.length === 0 && key === 'defaultContext') {
      if (!/^[\w.-]+$/.test(plain)) return undefined;
      found.defaultContext = plain;
    } else if (above.length === 0 && SECTIONS.has(key) && plain !== '') return undefined;
    const section = isNameIn(above);
    if (section !== undefined) found[section].push(key);
    above.push({ indent, key });
  }
  return found;
}

const SECTIONS = new Set(['contexts', 'databases', 'reconcile']);

/** The list of names that a key below these is in. */
function isNameIn(above: readonly { key: string }[]): 'contexts' | 'databases' | 'pairs' | undefined {
  switch (above.map(({ key }) => key).join('.')) {
    case 'contexts':
      return 'contexts';
    case 'databases':
      return 'databases';
    case 'reconcile.pairs':
      return 'pairs';
    default:
      return undefined;
  }
}

export function namesOfDocument(document: unknown): ProjectNames {
  const { contexts, databases, reconcile, defaultContext } = (document ?? {}) as Record<string, unknown>;
  const keys = (value: unknown) => (value !== null && typeof value === 'object' ? Object.keys(value) : []);
  return {
    contexts: keys(contexts),
    databases: keys(databases),
    pairs: keys((reconcile as { pairs?: unknown } | null | undefined)?.pairs),
    defaultContext: typeof defaultContext === 'string' ? defaultContext : undefined,
  };
}
