import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageFolder } from './bundled-packages.ts';

interface Manifest {
  name: string;
  version: string;
  license?: string;
  homepage?: string;
  repository?: string | { url?: string };
}

/** Licences require that copies include their text; Apache-2.0 also requires the NOTICE file. */
const TEXTS = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/** The licences of the packages that these files are from, as one text in the order of their names. */
export function thirdPartyNotices(modules: readonly string[]): string {
  const folders = [...new Set(modules.flatMap((module) => packageFolder(module) ?? []))];
  const entries = folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
    const { name, version, license, repository, homepage } = manifest;
    if (license === undefined) throw new Error(`${name} ${version} has no license`);
    const from = (typeof repository === 'string' ? repository : repository?.url) ?? homepage ?? '';
    const texts = readdirSync(folder)
      .filter((file) => TEXTS.test(file))
      .sort()
      .map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
    return { name, text: [`${name} ${version}, ${license}\n${from}`.trim(), ...texts].join('\n\n') };
  });
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  const sorted = entries.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ text }) => text);
  return `${['Sluice contains these packages.', ...sorted].join(line)}\n`;
}
