import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packagePath } from '../../config/package-root.ts';
import { SluiceError } from '../../errors/error.ts';
import type { Placeholder, Section, Setting, Template, TemplateSummary } from './model.ts';

const EXTENSION = '.yaml';
const SUMMARY_KEYS = ['summary', 'kind', 'plugin', 'checked'] as const;

interface TemplateFile extends Omit<TemplateSummary, 'name'> {
  class: string;
  description: string;
  notes?: string[];
  placeholders: Record<string, Placeholder>;
  settings: Item[];
}

type Item = { section: string } | { part: string } | (Omit<Setting, 'value'> & { value: string | number | boolean });

/** A group of settings that several templates share: `connectors/parts/NAME.yaml`. */
interface Part {
  placeholders?: Record<string, Placeholder>;
  settings: Item[];
}

/** All templates by name, read from the first lines of each file, without a YAML parser, which is faster. */
export function listTemplates(folder = packagePath('connectors')): TemplateSummary[] {
  return templateNames(folder).map((name) => {
    const header = new Map<string, string>();
    for (const line of readFileSync(path.join(folder, name + EXTENSION), 'utf8').split('\n', SUMMARY_KEYS.length)) {
      const colon = line.indexOf(': ');
      header.set(line.slice(0, colon), line.slice(colon + 2));
    }
    const [summary = '', kind, plugin = '', checked] = SUMMARY_KEYS.map((key) => header.get(key));
    return {
      name,
      kind: kind as TemplateSummary['kind'],
      plugin,
      checked: checked as TemplateSummary['checked'],
      summary,
    };
  });
}

function templateNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

/** Templates that have every word of a name, else the nearest of those in the same direction, source or sink. */
function alikeTemplates(
  name: string,
  known: readonly string[],
  nearest: (word: string, words: readonly string[]) => string | undefined,
): string[] {
  const words = name.toLowerCase().split('-');
  const direction = ['source', 'sink'].find((one) => words.includes(one));
  const sameWay = direction === undefined ? known : known.filter((one) => one.split('-').includes(direction));
  const having = sameWay.filter((one) => words.every((word) => word !== '' && one.includes(word)));
  if (having.length > 0) return having;
  const near = nearest(name, sameWay);
  return near === undefined ? [] : [near];
}

/**
 * One template with its shared parts included.
 * @throws TEMPLATE_UNKNOWN with the nearest known name.
 */
export async function loadTemplate(name: string, folder = packagePath('connectors')): Promise<Template> {
  const known = templateNames(folder);
  if (!known.includes(name)) {
    const { nearest } = await import('../../text/nearest.ts');
    const alike = alikeTemplates(name, known, nearest);
    throw new SluiceError('TEMPLATE_UNKNOWN', `there is no template "${name}"`, {
      hint: `${alike.length === 0 ? '' : `Did you mean ${alike.join(' or ')}? `}See them all: sluice template list`,
      details: { name, alike, known },
    });
  }
  const { parse } = await import('yaml');
  const read = <T>(...file: string[]) => parse(readFileSync(path.join(folder, ...file), 'utf8')) as T;
  const { settings, notes = [], ...file } = read<TemplateFile>(name + EXTENSION);
  const placeholders = { ...file.placeholders };
  const sections: Section[] = [];
  const collect = (items: readonly Item[]) => {
    for (const item of items) {
      if ('section' in item) {
        sections.push({ title: item.section, settings: [] });
      } else if ('part' in item) {
        const part = read<Part>('parts', item.part + EXTENSION);
        // A placeholder of the template takes precedence over that of the part.
        for (const [key, placeholder] of Object.entries(part.placeholders ?? {})) placeholders[key] ??= placeholder;
        collect(part.settings);
      } else {
        const section = sections.at(-1);
        if (section === undefined) throw new Error(`${name}: the setting ${item.key} is before any section`);
        section.settings.push({ ...item, value: String(item.value) });
      }
    }
  };
  collect(settings);
  return { name, ...file, notes, placeholders, sections };
}
