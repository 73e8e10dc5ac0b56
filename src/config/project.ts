import { lstatSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { ErrorObject } from 'ajv';
import { SluiceError } from '../errors/error.ts';
import { readText } from '../files/read-file.ts';
import type { Environment } from '../secrets/environment.ts';
import { nearest } from '../text/nearest.ts';
import { setting } from '../text/settings.ts';
import type { ConnectSettings, TlsSettings } from './connect-settings.ts';
import { packagePath } from './package-root.ts';
import type { ReconcileSettings } from './reconcile-settings.ts';
import type { AlertSettings, ServeSettings } from './serve-settings.ts';

export const PROJECT_FILE = 'sluice.yaml';

export interface KafkaSettings {
  bootstrapServers: string | string[];
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string } | OauthBearer;
  tls?: boolean | TlsSettings;
}

/** A token, or where it comes from. */
export interface OauthBearer extends Pick<ConnectSettings, 'token' | 'tokenFile' | 'oauth' | 'entra'> {
  mechanism: 'OAUTHBEARER';
  /** HTTP_PROXY and the like, for the server of tokens; never written in sluice.yaml. */
  proxyEnv?: Environment;
}

export interface ContextSettings {
  connect: string | ConnectSettings;
  kafka?: KafkaSettings;
  /** With the settings of `connect`. */
  schemaRegistry?: string | ConnectSettings;
  /** Metrics of the workers' JVMs, with the settings of `connect`; a URL for each worker. */
  metrics?: { jolokia: string | ConnectSettings } | { exporter: string | ConnectSettings };
  protected?: boolean;
  /** For `${NAME}` in this context; the environment and env files override them. May contain references themselves. */
  variables?: Record<string, string | number | boolean>;
}

export interface DatabaseSettings {
  url: string;
  password?: string;
}

/** Settings for topics of one name or pattern; numbers may be references, which are text. See src/config/topics.ts. */
export interface TopicSettings {
  partitions?: number | string;
  replicationFactor?: number | string;
  /** `30d`, `12h`, `unlimited`. */
  retention?: string;
  cleanupPolicy?: string;
  configs?: Record<string, string | number | boolean>;
}

export interface StatusSettings {
  /** Records, or a duration such as `5m`. */
  maxLag?: number | string;
  /** A duration. */
  stalledAfter?: string;
}

/** Severities and exceptions for `sluice validate`; see src/validate/policy.ts. */
export interface ValidatePolicy {
  /** Rule → severity, or `off`. */
  rules?: Record<string, 'error' | 'warning' | 'note' | 'off'>;
  /** Accepted findings. */
  silence?: { rule: string; connector?: string; key?: string; reason: string }[];
}

/** sluice.yaml as written. References are unresolved: a secret of one context must never be read for another. */
export interface ProjectDocument {
  version: 1;
  contexts?: Record<string, ContextSettings>;
  defaultContext?: string;
  databases?: Record<string, string | DatabaseSettings>;
  connectors?: string[];
  /** By name or pattern; plan and deploy apply them. */
  topics?: Record<string, TopicSettings>;
  /** What `deploy --prune` may remove. */
  prune?: { match: string | string[] };
  validate?: ValidatePolicy;
  /** Limits for the lag of sinks in `sluice status`. */
  status?: StatusSettings;
  reconcile?: ReconcileSettings;
  serve?: ServeSettings;
  alerts?: AlertSettings;
  preflight?: {
    /** By connector: the database to use instead of the one in its configuration. */
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
 * @throws PROJECT_UNTRUSTED if one above the folder belongs to another user: in a shared folder such as /tmp, anyone could
 *   leave one that decides where secrets are sent
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
 * Trusts root, which can do anything anyway; Windows has no user ids. Links must be trusted, too: a link to someone's own
 * file would choose the folder of the connectors.
 */
export function isTrusted(...stats: readonly Stats[]): boolean {
  const own = process.geteuid?.();
  return own === undefined || stats.every(({ uid }) => uid === own || uid === 0);
}

function untrusted(file: string): SluiceError {
  return new SluiceError('PROJECT_UNTRUSTED', `${file} belongs to another user`, {
    hint: `If you trust it, pass it: ${setting('project', file)}. Otherwise run sluice in a folder with your own sluice.yaml.`,
  });
}

/** Far above any handwritten one. Of a larger one, parsing takes gigabytes of memory, and no signal is heard meanwhile. */
const MAX_PROJECT_BYTES = 1024 * 1024;

/**
 * Reads and checks one project file.
 * @throws PROJECT_NOT_FOUND, FILE_UNREADABLE, PROJECT_INVALID (with line and column of the first finding).
 */
export async function readProject(file: string): Promise<Project> {
  const absolute = path.resolve(file);
  let text: string;
  try {
    text = readText(absolute, MAX_PROJECT_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT';
    throw new SluiceError(
      missing ? 'PROJECT_NOT_FOUND' : 'FILE_UNREADABLE',
      `cannot read the project file ${file}: ${(error as Error).message}`,
      {
        hint: missing
          ? `Check the path given to ${setting('project')}.`
          : code === 'EACCES'
            ? `Check the permissions of ${absolute}.`
            : `Name another file with ${setting('project')}.`,
        cause: error,
      },
    );
  }
  const document = await checkProject(text, file);
  return { file: absolute, folder: path.dirname(absolute), document };
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
  const { projectCheck } = await import('./project-check.ts');
  const validate = await projectCheck();
  if (validate(value)) return value as ProjectDocument;
  const finding = mainFinding(validate.errors ?? []);
  const keys = (finding?.instancePath ?? '')
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const extra = finding?.keyword === 'additionalProperties' ? String(finding.params['additionalProperty']) : undefined;
  const node = document.getIn(keys, true);
  const place = rangeOf(extra === undefined ? undefined : keyNode(node, extra)) ?? rangeOf(node);
  const what = extra === undefined ? findingText(finding) : `has an unknown key "${extra}"`;
  const advice = extra === undefined ? valueAdvice(finding, node) : await adviceFor(keys, extra);
  throw invalid(`${where(place)}: ${keys.join('.') || 'the file'} ${what}`, file, advice);
}

type Finding = Pick<ErrorObject, 'keyword' | 'instancePath' | 'message' | 'params'>;

/** Of several forms that a value may have, the one that was meant: its finding lies deepest, and is not about another type. */
function mainFinding(findings: readonly Finding[]): Finding | undefined {
  const depth = ({ instancePath }: Finding) => instancePath.split('/').length;
  const isSpecific = ({ keyword }: Finding) => Number(!['type', 'oneOf', 'anyOf'].includes(keyword));
  return findings.toSorted((a, b) => depth(b) - depth(a) || isSpecific(b) - isSpecific(a))[0];
}

function findingText(finding: Finding | undefined): string {
  const allowed = allowedValues(finding);
  if (allowed !== undefined) return `must be one of: ${allowed.join(', ')}`;
  return finding?.message ?? 'is not valid';
}

function allowedValues(finding: Finding | undefined): string[] | undefined {
  if (finding?.keyword !== 'enum') return undefined;
  return (finding.params['allowedValues'] as unknown[]).map(String);
}

/** What a word that is not allowed was probably meant to be. */
function valueAdvice(finding: Finding | undefined, node: unknown): string | undefined {
  const word = (node as { value?: unknown } | undefined)?.value;
  const near = typeof word === 'string' ? nearest(word, allowedValues(finding) ?? []) : undefined;
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** The yaml package reports too deep nesting as its own failure. */
function yamlMessage(message: string): string {
  return /call stack/i.test(message) ? 'the file is nested too deeply' : message;
}

/** Resolves aliases; fails for one without its anchor, or too many of them. */
function resolved(document: { toJS(): unknown }, file: string): unknown {
  try {
    return document.toJS();
  } catch {
    // The yaml package's message shows the alias, which may be a password that starts with an asterisk.
    throw invalid(`${file}: an alias (*name) has no anchor (&name) before it, or there are too many of them`, file);
  }
}

/** The key's own node, to point at an unknown key rather than its value. */
function keyNode(node: unknown, key: string): unknown {
  const pairs = (node as { items?: { key: { value?: unknown } }[] } | undefined)?.items ?? [];
  return pairs.find((pair) => pair.key.value === key)?.key;
}

function rangeOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | undefined)?.range?.[0];
}

/** Read only now: a valid file needs no schema. */
async function adviceFor(place: readonly string[], key: string): Promise<string | undefined> {
  const { keyAdvice } = await import('./project-keys.ts');
  return keyAdvice(JSON.parse(readText(packagePath('schemas', 'project.json'))) as object, place, key);
}

function invalid(message: string, file: string, advice?: string): SluiceError {
  const editor = `For what each key of ${path.basename(file)} means, let your editor show it: sluice schemas editor`;
  return new SluiceError('PROJECT_INVALID', message, { hint: advice ?? editor });
}
