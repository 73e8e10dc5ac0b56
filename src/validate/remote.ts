import type { ConfigValidation, ConnectorConfig } from '../connect/types.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { Finding } from '../connectors/finding.ts';
import { SluiceError } from '../errors/error.ts';
import { runSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { redactKnown } from '../text/redact.ts';
import type { RuleFinding } from './rules/scope.ts';

/** The part of the Connect client that `validate --remote` needs. */
export interface RemoteValidator {
  validate(config: ConnectorConfig): Promise<ConfigValidation>;
}

/** Worker messages about a failed database connection, not about the config. */
const CONNECTION =
  /unable to connect|failed to connect|could not connect|connection (?:attempt|refused|reset|timed out|to .* refused)|unknownhost|communications link|authentication failed|timed out (?:after|while)/i;

/**
 * Findings of the worker's own validate that were not found offline.
 * @param offline the findings of this connector
 * @param asked connectors that this worker was asked about before: it may repeat what they have
 * @throws CONNECT_UNREACHABLE and similar errors if no worker answered
 */
export async function askWorker(
  connector: ConnectorFile,
  worker: RemoteValidator,
  store: SchemaStore,
  offline: readonly Finding[],
  asked: readonly ConnectorFile[] = [],
): Promise<RuleFinding[]> {
  if (connector.unset.size > 0) {
    return [
      {
        rule: 'worker-not-asked',
        severity: 'note',
        message: 'the worker was not asked: variables are not set',
        hint: `Set the variables in ${[...connector.unset].join(', ')}.`,
        key: [...connector.unset][0] ?? 'name',
      },
    ];
  }
  const hide = hider(connector, asked, store);
  let verdict: ConfigValidation;
  try {
    verdict = await worker.validate({ ...connector.config, name: connector.name });
  } catch (error) {
    return [refusal(error, offline, hide)].filter((finding) => finding !== undefined);
  }
  const errors = offline.filter(({ severity }) => severity === 'error');
  const known = new Set(errors.flatMap(({ key, also = [] }) => [key, ...also]));
  return verdict.configs.flatMap(({ value }): RuleFinding[] => {
    const messages = [...new Set(value.errors)];
    const connection = messages.find((error) => CONNECTION.test(error));
    if (connection !== undefined) {
      return [
        {
          rule: 'worker-connection',
          severity: 'warning',
          message: `the worker could not connect: ${hide(connection)}`,
          hint: 'Check that the worker can reach the database with these settings; the config itself may be valid.',
          key: value.name,
        },
      ];
    }
    if (messages.length === 0 || known.has(value.name)) return [];
    return [
      {
        rule: 'worker-error',
        severity: 'error',
        message: `the worker refuses ${value.name}: ${hide(messages.join(' '))}`,
        key: value.name,
      },
    ];
  });
}

/** A finding if the worker answered with an error about this config; rethrows if it did not answer. */
function refusal(error: unknown, offline: readonly Finding[], hide: (text: string) => string): RuleFinding | undefined {
  if (!(error instanceof SluiceError)) throw error;
  if (error.code === 'PLUGIN_NOT_FOUND') {
    return {
      rule: 'plugin-missing',
      severity: 'error',
      message: hide(error.message),
      ...(error.hint ? { hint: error.hint } : {}),
      key: 'connector.class',
    };
  }
  if (error.code !== 'CONNECT_REJECTED') throw error;
  // The worker stops at its first error; the offline findings are more precise.
  if (offline.some(({ severity }) => severity === 'error')) return undefined;
  return {
    rule: 'worker-error',
    severity: 'error',
    message: `the worker refuses the config: ${hide(error.message)}`,
    key: 'connector.class',
  };
}

/** Masks every secret of the config, and of those that were sent before, in what the worker repeats. */
function hider(
  connector: ConnectorFile,
  asked: readonly ConnectorFile[],
  store: SchemaStore,
): (text: string) => string {
  let secrets: string[] | undefined;
  return (text) => {
    secrets ??= runSecrets([...asked, connector], store)(connector).values();
    return redactKnown(text, secrets);
  };
}
