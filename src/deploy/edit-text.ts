import type { ListedConnector } from '../connect/types.ts';
import type { ConfigPatch } from '../connectors/live-file.ts';
import { SluiceError } from '../errors/error.ts';
import type { ConfigSecrets } from '../schemas/secrets.ts';
import { own } from '../text/own.ts';

/**
 * A live configuration as a text to edit: YAML, a key a line, every value as the worker keeps it. Secrets are masked, and
 * stay what they are where the mask is left.
 * @param notes for the top, a line each
 */
export async function editableText(
  { info }: Pick<ListedConnector, 'info'>,
  secrets: Pick<ConfigSecrets, 'live'>,
  notes: readonly string[],
): Promise<string> {
  const { stringify } = await import('yaml');
  const shown = entriesOf(info.config).map(([key, value]) => [key, secrets.live(key, value)] as const);
  const body = stringify(Object.fromEntries(shown), { schema: 'failsafe', lineWidth: 0, sortMapEntries: true });
  return [...notes.map((note) => `# ${note}`), '', body].join('\n');
}

/**
 * What an edited text changes in a live configuration.
 * @throws EDIT_INVALID
 */
export async function editedPatch(
  text: string,
  { info }: Pick<ListedConnector, 'info'>,
  secrets: Pick<ConfigSecrets, 'live'>,
): Promise<ConfigPatch> {
  const edited = await readEdited(text);
  const before = Object.fromEntries(entriesOf(info.config));
  const changed = Object.entries(edited).filter(([key, value]) => {
    const live = own(before, key);
    return live === undefined || (value !== live && value !== secrets.live(key, live));
  });
  return {
    set: Object.fromEntries(changed),
    unset: Object.keys(before).filter((key) => !Object.hasOwn(edited, key)),
  };
}

function entriesOf(config: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(config).filter(([key]) => key !== 'name');
}

async function readEdited(text: string): Promise<Record<string, string>> {
  const { parseDocument } = await import('yaml');
  const invalid = (what: string) =>
    new SluiceError('EDIT_INVALID', `the edited text ${what}; nothing was changed`, {
      hint: 'Keep one "key: value" a line.',
    });
  // Values are texts, also 3 and true.
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const [place] = error.linePos ?? [];
    throw invalid(`is not valid YAML${place === undefined ? '' : ` in line ${place.line}`} (${error.code})`);
  }
  const value: unknown = document.toJS();
  if (value === null || value === undefined || value === '') throw invalid('is empty');
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid('is not a map of keys');
  const wrong = Object.entries(value).find(([, one]) => typeof one !== 'string');
  if (wrong !== undefined) throw invalid(`has a list or a map as ${wrong[0]}`);
  return value as Record<string, string>;
}
