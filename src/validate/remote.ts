import type { ConfigValidation, ConnectorConfig } from '../connect/types.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import type { Finding } from '../connectors/finding.ts';
import { SluiceError } from '../errors/error.ts';
import { configSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { redactKnown } from '../text/redact.ts';
import type { Problem } from './problem.ts';

/** The part of the Connect client that `validate --remote` needs. */
export interface RemoteValidator {
  validate(config: ConnectorConfig): Promise<ConfigValidation>;
}

/** What the worker says when it tried to reach the database, and not about the config. */
const CONNECTION =
  /unable to connect|failed to connect|could not connect|connection (?:attempt|refused|reset|timed out|to .* refused)|unknownhost|communications link|authentication failed|timed out (?:after|while)/i;

/**
 * What the worker's own validate has against a connector beyond what was found offline.
 * @param offline the findings of this connector
 * @throws CONNECT_UNREACHABLE and its like: no worker answered, so nothing can be said.
 */
export async function askWorker(
  connector: ConnectorFile,
  worker: RemoteValidator,
  store: SchemaStore,
  offline: readonly Finding[],
): Promise<Problem[]> {
  if (connector.unset.size > 0) {
    return [
      {
        rule: 'worker-not-asked',
        severity: 'note',
        message: 'the worker was not asked: variables are not set',
        hint: `Set what stands in ${[...connector.unset].join(', ')}.`,
        key: [...connector.unset][0] ?? 'name',
      },
    ];
  }
  const hide = hider(connector, store);
  let verdict: ConfigValidation;
  try {
    verdict = await worker.validate({ ...connector.config, name: connector.name });
  } catch (error) {
    return [refusal(error, offline, hide)].filter((problem) => problem !== undefined);
  }
  const errors = offline.filter(({ severity }) => severity === 'error');
  const known = new Set(errors.flatMap(({ key, also = [] }) => [key, ...also]));
  return verdict.configs.flatMap(({ value }): Problem[] => {
    const said = [...new Set(value.errors)];
    const connection = said.find((error) => CONNECTION.test(error));
    if (connection !== undefined) {
      return [
        {
          rule: 'worker-connection',
          severity: 'warning',
          message: `the worker could not connect: ${hide(connection)}`,
          hint: 'Check that the worker reaches the database with these settings; the config itself may be right.',
          key: value.name,
        },
      ];
    }
    if (said.length === 0 || known.has(value.name)) return [];
    return [
      {
        rule: 'worker-error',
        severity: 'error',
        message: `the worker refuses ${value.name}: ${hide(said.join(' '))}`,
        key: value.name,
      },
    ];
  });
}

/** A worker that answers with an error says something about this config; one that does not answer, nothing. */
function refusal(error: unknown, offline: readonly Finding[], hide: (text: string) => string): Problem | undefined {
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
  // The worker breaks off at the first thing it trips over; what was found offline says it better.
  if (offline.some(({ severity }) => severity === 'error')) return undefined;
  return {
    rule: 'worker-error',
    severity: 'error',
    message: `the worker refuses the config: ${hide(error.message)}`,
    key: 'connector.class',
  };
}

/** Masks every secret of the config wherever the worker repeats it. */
function hider(connector: ConnectorFile, store: SchemaStore): (text: string) => string {
  const secrets = configSecrets(connector, store).values();
  return (text) => redactKnown(text, secrets);
}
