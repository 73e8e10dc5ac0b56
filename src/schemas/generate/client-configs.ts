import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SluiceError } from '../../errors/error.ts';
import { compareTexts } from '../../text/compare-texts.ts';
import { CLIENT_CLASSES } from '../clients.ts';
import type { ConnectType, KeySchema, PluginSchema } from '../plugin-schema.ts';
import { keySchema } from './build.ts';

/**
 * The settings of the clients, from the HTML that Kafka's classes print for its documentation.
 * @param cache the cache folder with the sandbox's components
 */
export async function readClientSchemas(cache: string): Promise<PluginSchema[]> {
  const library = findLibrary(cache);
  const version = /kafka-clients-(.+)\.jar$/.exec(library.jar)?.[1] ?? 'unknown';
  const run = promisify(execFile);
  return Promise.all(
    Object.values(CLIENT_CLASSES).map(async (name) => {
      const { stdout } = await run('java', ['-cp', path.join(library.folder, '*'), name], { maxBuffer: 16e6 });
      return clientSchema(name, version, parseConfigHtml(stdout));
    }),
  );
}

/** The newest libraries of all sandboxes. */
function findLibrary(cache: string): { folder: string; jar: string } {
  const found = readdirSync(path.join(cache, 'sandbox'), { recursive: true, encoding: 'utf8' })
    .map((entry) => ({ jar: path.basename(entry), folder: path.join(cache, 'sandbox', path.dirname(entry)) }))
    .filter(({ jar }) => /^kafka-clients-[\d.]+\.jar$/.test(jar))
    // Plugins include older clients; that of the worker is next to Connect's runtime.
    .filter(({ folder }) => readdirSync(folder).some((one) => one.startsWith('connect-runtime')))
    .sort((a, b) => a.jar.localeCompare(b.jar, 'en', { numeric: true }))
    .at(-1);
  if (found) return found;
  throw new SluiceError('SANDBOX_NOT_RUNNING', `no Kafka libraries in ${cache}`, {
    hint: existsSync(cache) ? 'Fetch them: sluice sandbox up' : 'Check SLUICE_CACHE_DIR.',
  });
}

export interface ClientKey {
  name: string;
  type: ConnectType;
  default: string | undefined;
  valid: string | undefined;
  importance: string;
  documentation: string;
}

const ENTRY = /<h4><a id="([^"]+)"><\/a>.*?<\/h4>\s*<p>(.*?)<\/p>\s*<table><tbody>\s*(.*?)<\/tbody><\/table>/gs;
const ROW = /<tr><th>([^<]+):<\/th><td>(.*?)<\/td><\/tr>/gs;

export function parseConfigHtml(html: string): ClientKey[] {
  return [...html.matchAll(ENTRY)].map(([, name = '', documentation = '', table = '']) => {
    const rows = new Map(
      [...table.matchAll(ROW)].map(([, title = '', value = '']) => [title, unescapeHtml(value.trim())]),
    );
    const type = (rows.get('Type') ?? 'string').toUpperCase() as ConnectType;
    const fallback = rows.get('Default');
    return {
      name,
      type,
      // An explanation follows the number: `300000 (5 minutes)`.
      default: fallback === '' || fallback === 'null' ? undefined : fallback?.replace(/^(-?\d+) \(.*\)$/, '$1'),
      valid: rows.get('Valid Values') || undefined,
      importance: rows.get('Importance') ?? 'medium',
      documentation: unescapeHtml(documentation.replaceAll(/<[^>]+>/g, '')),
    };
  });
}

function unescapeHtml(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

function clientSchema(name: string, version: string, keys: readonly ClientKey[]): PluginSchema {
  const properties = keys.map((key): [string, KeySchema] => {
    const range = /^\[(-?\d+)?,\.\.\.(?:,(-?\d+))?\]$/.exec(key.valid ?? '');
    const listed = /^(?:\[|\(case insensitive\) \[)([A-Za-z_][\w, -]*)\]$/.exec(key.valid ?? '')?.[1];
    const choices = key.type === 'STRING' && listed ? listed.split(',').map((value) => value.trim()) : undefined;
    // If the default is written in another case, the list ignores case.
    const exactCase = key.valid?.startsWith('[') && (key.default === undefined || choices?.includes(key.default));
    return [
      key.name,
      keySchema(key.name, key.type, {
        documentation: key.documentation,
        importance: key.importance,
        default: key.default,
        exactCase: choices !== undefined && exactCase,
        choices,
        minimum: range?.[1] === undefined ? undefined : Number(range[1]),
        maximum: range?.[2] === undefined ? undefined : Number(range[2]),
      }),
    ];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `https://sluice.dev/schemas/plugins/${name}/${version}.json`,
    title: `${name} ${version}`,
    type: 'object',
    'x-plugin': { class: name, types: ['client'], version, origin: 'worker' },
    required: [],
    properties: Object.fromEntries(properties.sort(([a], [b]) => compareTexts(a, b))),
    patternProperties: {},
    additionalProperties: false,
  };
}
