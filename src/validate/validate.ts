import type { ValidatePolicy } from '../config/project.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { Finding, Severity } from '../connectors/finding.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { checkConnector } from './connector.ts';
import { applyPolicy, isSilenced } from './policy.ts';
import type { Fix, Problem } from './problem.ts';
import { Together } from './together.ts';

export interface ValidateOptions {
  /** What a worker quietly ignores (unknown and renamed keys) is an error, too. */
  strict?: boolean;
  /** With the operator's rules: what runs, and may be regretted. */
  advice?: boolean;
  /** Severities and silences of the project. */
  policy?: ValidatePolicy | undefined;
  /** Kept by a caller that hands in connectors piece by piece. */
  together?: Together;
}

/** A finding together with the change that would mend it. */
export interface FixableFinding extends Finding {
  fix?: Fix;
}

/** Rules about keys that the worker ignores: warnings by nature, errors with `strict`. */
const STRICT_RULES = new Set(['unknown-key', 'renamed-key', 'superseded-key', 'removed-key', 'foreign-key']);

/**
 * Checks connectors offline: each by itself, then all of them together. Places are worked out for findings only.
 * Files that cannot be read are src/connectors' findings.
 */
export async function validateConnectors(
  connectors: readonly ConnectorFile[],
  store: SchemaStore,
  options: ValidateOptions = {},
): Promise<FixableFinding[]> {
  const findings: FixableFinding[] = [];
  const together = options.together ?? new Together();
  for (const connector of connectors) {
    const problems = [...checkConnector(connector, store, options), ...together.check(connector, store)];
    findings.push(...(await locate(connector, problems, store, options)));
  }
  return findings;
}

/** Gives problems their place in the connector's file. */
export async function locate(
  connector: ConnectorFile,
  problems: readonly Problem[],
  store: SchemaStore,
  options: ValidateOptions,
): Promise<FixableFinding[]> {
  if (problems.length === 0) return [];
  const positions = await connector.positions();
  const { isSecret } = configSecrets(connector, store);
  return problems.flatMap((problem) => {
    const { rule, message, hint, key, also, at = key, part = 'value', fix } = problem;
    const own = at === undefined ? undefined : part === 'key' ? positions.key(at) : positions.value(at);
    const position = own ?? positions.start();
    const finding: FixableFinding = {
      rule,
      severity: severityOf(problem, options),
      message,
      ...(hint === undefined ? {} : { hint }),
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

function severityOf(problem: Problem, { strict }: ValidateOptions): Severity {
  return strict && STRICT_RULES.has(problem.rule) ? 'error' : problem.severity;
}
