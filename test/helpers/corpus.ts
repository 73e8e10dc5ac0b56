import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConnectorFile } from '../../src/connectors/connector-file.ts';
import { readText } from '../../src/connectors/files.ts';
import type { SchemaStore } from '../../src/schemas/store.ts';
import { validateConnectors } from '../../src/validate/validate.ts';

const FOLDER = path.join(import.meta.dirname, '..', 'fixtures', 'corpus');

/** What is to be found in one file of the corpus, as test/fixtures/corpus-verdicts.json has it. */
export interface Verdict {
  /** Keys that are wrong. */
  errors: string[];
  /** Keys without effect, each with what to write instead; null where there is nothing. */
  dead: Record<string, string | null>;
}

/** Rules about keys that no longer have, or never had, an effect. */
const DEAD = new Set(['renamed-key', 'superseded-key', 'removed-key', 'foreign-key']);

export const corpusFiles = readdirSync(FOLDER).sort();

export function expectedVerdicts(): Record<string, Verdict> {
  return JSON.parse(readFileSync(path.join(FOLDER, '..', 'corpus-verdicts.json'), 'utf8')) as Record<string, Verdict>;
}

/**
 * Reads one file of the corpus.
 * @param rewrite changes the text before it is read
 */
export async function readCorpus(file: string, rewrite = (text: string) => text): Promise<ConnectorFile> {
  const text = rewrite(readFileSync(path.join(FOLDER, file), 'utf8'));
  const { connectors, findings } = await readText(text, { file, origin: 'named' }, { environment: {} });
  const [connector] = connectors;
  if (!connector || findings.some(({ severity }) => severity === 'error'))
    throw new Error(`${file}: ${JSON.stringify(findings)}`);
  return connector;
}

export async function judge(connector: ConnectorFile, store: SchemaStore): Promise<Verdict> {
  const findings = await validateConnectors([connector], store);
  const errors = findings
    .filter(({ severity }) => severity === 'error')
    .flatMap(({ key = '', also = [] }) => [key, ...also]);
  const dead = findings
    .filter(({ rule }) => DEAD.has(rule))
    .map(({ key = '', message, hint = '' }): [string, string | null] => {
      const successor = /^Write (\S+?)(?:=\S*)? instead\.$/.exec(hint) ?? /^Remove it: (\S+) is set\.$/.exec(hint);
      return [key, successor?.[1] ?? (hint === 'Remove it.' ? null : message)];
    });
  // An old name whose successor has to be there is part of the error that says so.
  const missing = findings.flatMap(({ hint = '' }): [string, string][] => {
    const [, successor, old] = /^Write (\S+?)(?:=\S*)? instead of (\S+), its (?:old )?name/.exec(hint) ?? [];
    return successor === undefined || old === undefined ? [] : [[old, successor]];
  });
  return { errors: [...new Set(errors)].sort(), dead: Object.fromEntries([...dead, ...missing]) };
}

/** Values of the form that their keys need; nothing answers there. */
const NOWHERE: Record<string, string> = { port: '1', uri: 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300' };

/** Files for the `${file:PATH:KEY}` references of the corpus, which the worker reads when it is asked. */
export function secretFiles(): { rewrite(text: string): string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-corpus-'));
  const file = path.join(folder, 'secrets.properties');
  const keys = new Set<string>();
  return {
    rewrite: (text) =>
      text.replace(/\$\{file:[^:}]+:([^}]+)\}/g, (_reference, key: string) => {
        keys.add(key);
        writeFileSync(file, [...keys].map((one) => `${one}=${NOWHERE[one] ?? '127.0.0.1'}\n`).join(''));
        return `\${file:${file}:${key}}`;
      }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
