import { readFileSync } from 'node:fs';
import { packagePath } from '../../src/config/package-root.ts';

export interface Family {
  name: string;
  labels: string[];
}

/**
 * The metrics of the daemon, with their labels, as its source declares them: a family without a series yet is in no text that the
 * daemon serves.
 */
export function daemonFamilies(): Family[] {
  const source = readFileSync(packagePath('src', 'serve', 'metrics.ts'), 'utf8');
  const declared = /this\.#\w+\(\s*'([a-z_]+)',\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"),\s*\[([^\]]*)\]/g;
  const histograms = /new Histogram\(\{\s*name: 'sluice_([a-z_]+)',[^}]*?labelNames: \[([^\]]*)\]/g;
  return [...source.matchAll(declared), ...source.matchAll(histograms)].map(([, name = '', labels = '']) => ({
    name: `sluice_${name}`,
    labels: [...labels.matchAll(/'(\w+)'/g)].map(([, label = '']) => label).sort(),
  }));
}
