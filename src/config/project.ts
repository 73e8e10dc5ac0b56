import { lstatSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../errors/error.ts';
import { readText } from './read-file.ts';
import type { ReconcileSettings } from './reconcile-settings.ts';

export const PROJECT_FILE = 'sluice.yaml';

export interface TlsFiles {
  /** Paths of PEM files. */
  ca?: string;
  cert?: string;
  key?: string;
}

export interface ConnectSettings {
  url: string | string[];
  username?: string;
  password?: string;
  token?: string;
  headers?: Record<string, string>;
  timeout?: string;
  tls?: TlsFiles & { rejectUnauthorized?: boolean };
}

export interface KafkaSettings {
  bootstrapServers: string | string[];
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string };
  tls?: boolean | TlsFiles;
}

export interface ContextSettings {
  connect: string | ConnectSettings;
  kafka?: KafkaSettings;
  protected?: boolean;
  /** For `${NAME}` in this context, below the environment and env files; may hold references themselves. */
  variables?: Record<string, string | number | boolean>;
}

export interface DatabaseSettings {
  url: string;
  password?: string;
}

/** How topics of one name or pattern are to be; numbers may be references, which are text. See src/config/topics.ts. */
export interface TopicSettings {
  partitions?: number | string;
  replicationFactor?: number | string;
  /** `30d`, `12h`, `unlimited`. */
  retention?: string;
  cleanupPolicy?: string;
  configs?: Record<string, string | number | boolean>;
}

/** Severities and silences of `sluice validate`; see src/validate/policy.ts. */
export interface ValidatePolicy {
  /** Rule → severity, or `off`. */
  rules?: Record<string, 'error' | 'warning' | 'note' | 'off'>;
  /** Single findings that are known and accepted. */
  silence?: { rule: string; connector?: string; key?: string; reason: string }[];
}

/** sluice.yaml as written: references unresolved, so that a secret of one context is never read for another. */
export interface ProjectDocument {
  version: 1;
  contexts?: Record<string, ContextSettings>;
  defaultContext?: string;
  databases?: Record<string, string | DatabaseSettings>;
  connectors?: string[];
  /** By name or pattern; plan and deploy make them so. */
  topics?: Record<string, TopicSettings>;
  /** What `deploy --prune` may remove. */
  prune?: { match: string | string[] };
  validate?: ValidatePolicy;
  reconcile?: ReconcileSettings;
  preflight?: {
    /** Connector to the database that stands for its own settings. */
    databases?: Record<string, string>;
  };
}

export interface Project {
  /** Absolute path of the file. */
  file: string;
  /** Its folder: relative paths and globs start here. */
  folder: string;
  document: ProjectDocument;
}

/**
 * The nearest sluice.yaml from `folder` upward.
 * @throws PROJECT_UNTRUSTED where one above the folder belongs to another user: in a folder that several may write to, such
 *   as /tmp, anybody could leave one, which says where secrets are sent
 */
export function findProjectFile(folder: string): string | undefined {
  const first = path.resolve(folder);
  for (let current = first; ; ) {
    const candidate = path.join(current, PROJECT_FILE);
    const stats = statSync(candidate, { throwIfNoEntry: false });
    if (stats?.isFile()) {
      if (current !== first && !isTrusted(stats, lstatSync(candidate))) throw untrusted(candidate);
      return candidate;
    }
    const parent = path.dirname(current);
    if (parent === current) return undefined;
    current = parent;
  }
}

/**
 * Root may do anything anyway. Windows has no such ids. Whoever leaves a link to somebody's own file chooses the folder whose
 * connectors are meant.
 */
function isTrusted(...stats: readonly Stats[]): boolean {
  const own = process.geteuid?.();
  return own === undefined || stats.every(({ uid }) => uid === own || uid === 0);
}

function untrusted(file: string): SluiceError {
  return new SluiceError('PROJECT_UNTRUSTED', `${file} belongs to another user`, {
    hint: `If you trust it, name it: --project ${file}. Otherwise run sluice in a folder with a sluice.yaml of your own.`,
  });
}

/**
 * Reads and checks one project file.
 * @throws PROJECT_NOT_FOUND, FILE_UNREADABLE, PROJECT_INVALID (with line and column of the first finding).
 */
export async function readProject(file: string): Promise<Project> {
  const absolute = path.resolve(file);
  let text: string;
  try {
    text = readText(absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT';
    throw new SluiceError(
      missing ? 'PROJECT_NOT_FOUND' : 'FILE_UNREADABLE',
      `cannot read the project file ${file}: ${(error as Error).message}`,
      {
        hint: missing
          ? 'Check the path given to --project.'
          : code === 'EACCES'
            ? `Check the rights on ${absolute}.`
            : 'Name another file with --project.',
        cause: error,
      },
    );
  }
  const document = await checkProject(text, file);
  return { file: absolute, folder: path.dirname(absolute), document };
}

/** What ajv makes of a schema: schemas/project.json, compiled when it was last changed. */
interface CompiledCheck {
  (value: unknown): boolean;
  errors?: { instancePath: string; keyword: string; message?: string; params: Record<string, unknown> }[] | null;
}

/** @throws PROJECT_INVALID */
export async function checkProject(text: string, file: string): Promise<ProjectDocument> {
  const { parseDocument, LineCounter } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const where = (offset: number | undefined) => {
    const position = lines.linePos(offset ?? 0);
    return `${file}:${position.line}:${position.col}`;
  };
  const syntax = document.errors[0];
  if (syntax) throw invalid(`${where(syntax.pos[0])}: ${yamlMessage(syntax.message)}`, file);

  const value = resolved(document, file);
  const { checkProject: compiled } = await import('./project-check.generated.ts');
  const validate = compiled as unknown as CompiledCheck;
  if (validate(value)) return value as ProjectDocument;
  const finding = validate.errors?.[0];
  const keys = (finding?.instancePath ?? '')
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const extra = finding?.keyword === 'additionalProperties' ? String(finding.params['additionalProperty']) : undefined;
  const node = document.getIn(keys, true);
  const place = rangeOf(extra === undefined ? undefined : keyNode(node, extra)) ?? rangeOf(node);
  const what = extra === undefined ? (finding?.message ?? 'is not valid') : `has an unknown key "${extra}"`;
  throw invalid(`${where(place)}: ${keys.join('.') || 'the file'} ${what}`, file);
}

/** What the yaml package says of what is nested too deeply is about itself. */
function yamlMessage(message: string): string {
  return /call stack/i.test(message) ? 'the file is nested too deeply' : message;
}

/** Aliases are followed only here: one without its anchor, or a flood of them. */
function resolved(document: { toJS(): unknown }, file: string): unknown {
  try {
    return document.toJS();
  } catch {
    // The yaml package's message has the alias in it, which may be a password that begins with an asterisk.
    throw invalid(`${file}: an alias (*name) has no anchor (&name) before it, or there are too many of them`, file);
  }
}

/** The key itself: where it is unknown, its value is not what to point at. */
function keyNode(node: unknown, key: string): unknown {
  const pairs = (node as { items?: { key: { value?: unknown } }[] } | undefined)?.items ?? [];
  return pairs.find((pair) => pair.key.value === key)?.key;
}

function rangeOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | undefined)?.range?.[0];
}

function invalid(message: string, file: string): SluiceError {
  return new SluiceError('PROJECT_INVALID', message, {
    hint: `Correct ${path.basename(file)}; its keys are described in schemas/project.json.`,
  });
}
