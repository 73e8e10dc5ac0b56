import type { ValidatePolicy } from '../config/project.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { Severity } from '../connectors/finding.ts';
import { secretsShared } from '../connectors/sources/source.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { own } from '../text/own.ts';
import { redactKnown, secretParts } from '../text/redact.ts';
import { checkConnector } from './connector.ts';
import { applyPolicy, isSilenced } from './policy.ts';
import { CrossConnectorChecks } from './rules/cross-connectors.ts';
import type { FixableFinding, RuleFinding } from './rules/scope.ts';

export interface ValidateOptions {
  /** Treat keys that a worker silently ignores (unknown and renamed ones) as errors. */
  strict?: boolean;
  /** Also apply the operator's rules, about operational risks. */
  advice?: boolean;
  /** Severities and silenced findings of the project. */
  policy?: ValidatePolicy | undefined;
  /** Kept by a caller that passes in connectors one by one. */
  crossChecks?: CrossConnectorChecks;
}

/** Rules about keys that the worker ignores: warnings by nature, errors with `strict`. */
const STRICT_RULES = new Set(['unknown-key', 'renamed-key', 'superseded-key', 'removed-key', 'foreign-key']);

/**
 * Checks connectors offline, each on its own and against the others. Positions are computed for findings only.
 * Files that cannot be read are reported by src/connectors.
 */
export async function validateConnectors(
  connectors: readonly ConnectorFile[],
  store: SchemaStore,
  options: ValidateOptions = {},
): Promise<FixableFinding[]> {
  const findings: FixableFinding[] = [];
  const crossChecks = options.crossChecks ?? new CrossConnectorChecks();
  for (const connector of connectors) {
    const unplaced = [...checkConnector(connector, store, options), ...crossChecks.check(connector, store)];
    findings.push(...(await locate(connector, unplaced, store, options)));
  }
  return findings;
}

/** Adds positions in the connector's file to findings. */
export async function locate(
  connector: ConnectorFile,
  unplaced: readonly RuleFinding[],
  store: SchemaStore,
  options: ValidateOptions,
): Promise<FixableFinding[]> {
  if (unplaced.length === 0) return [];
  const positions = await connector.positions();
  const { isSecret } = configSecrets(connector, store);
  const hidden = secretsShared(connector.shared, isSecret);
  const shown = (text: string, key: string | undefined) => {
    // A rule quotes the value; under a key of any name it may contain credentials.
    const secrets = [...hidden, ...secretParts(own(connector.config, key ?? '') ?? '')];
    return asWritten(secrets.length === 0 ? text : redactKnown(text, secrets), connector, key);
  };
  return unplaced.flatMap((one) => {
    const { rule, message, hint, key, also, at = key, part = 'value', fix } = one;
    const exact = at === undefined ? undefined : part === 'key' ? positions.key(at) : positions.value(at);
    const position = exact ?? positions.start();
    const finding: FixableFinding = {
      rule,
      severity: severityOf(one, options),
      message: shown(message, at),
      ...(hint === undefined ? {} : { hint: shown(hint, at) }),
      file: position ? positions.file(position) : connector.file,
      connector: connector.name,
      ...(key === undefined ? {} : { key }),
      ...(also === undefined ? {} : { also }),
      ...(position ? { position, excerpt: positions.excerpt(position, isSecret) } : {}),
      ...(fix ? { fix } : {}),
    };
    if (position && isSilenced(rule, positions.line(position), positions.line(position, 1))) return [];
    return options.policy ? (applyPolicy(finding, options.policy) ?? []) : finding;
  });
}

/** Shorter values could occur anywhere by chance. */
const MIN_FILLED_LENGTH = 4;

/** A text about a key's value, with resolved values replaced by their references. */
function asWritten(text: string, { written, filled }: ConnectorFile, key: string | undefined): string {
  const values = key === undefined ? undefined : filled?.get(key);
  if (key === undefined || values === undefined) return text;
  const references = written[key]?.match(/\$\{[A-Z_][A-Z0-9_]*(?::-[^}]*)?\}/g) ?? [];
  // A reference with a default may not have been resolved from a variable.
  const known = references.length === values.length;
  const pairs = values
    .map((value, at) => [value, (known && references[at]?.replace(/:-[^}]*/, '')) || '${…}'] as const)
    .filter(([value]) => value.length >= MIN_FILLED_LENGTH)
    .sort(([a], [b]) => b.length - a.length);
  const parts = text.split(key);
  return parts
    .map((part) => pairs.reduce((all, [value, reference]) => all.replaceAll(value, () => reference), part))
    .join(key);
}

function severityOf(finding: RuleFinding, { strict }: ValidateOptions): Severity {
  return strict && STRICT_RULES.has(finding.rule) ? 'error' : finding.severity;
}
