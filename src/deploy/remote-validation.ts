import type { ConnectClient } from '../connect/client.ts';
import { mapBounded } from '../connect/concurrency.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { SluiceError } from '../errors/error.ts';
import { knownHint } from '../monitor/known-causes.ts';
import type { Secrets } from '../plan/show.ts';
import { redactKnown } from '../text/redact.ts';

/** One problem that the worker reports for a connector. */
export interface RemoteFinding {
  connector: string;
  file: string;
  /** Null if it concerns the whole connector. */
  key: string | null;
  message: string;
  /** How to fix it, if the cause is known. */
  hint?: string;
  position?: { line: number; column: number };
}

/** Failures that concern the configuration; any other concerns the worker and ends the run. */
const ABOUT_CONFIG = new Set(['CONNECT_REJECTED', 'PLUGIN_NOT_FOUND']);

/**
 * Lets the worker validate connectors before anything is written; it may open database connections.
 * @throws VALIDATION_FAILED with every finding in the details.
 */
export async function validateRemotely(
  connectors: readonly ConnectorFile[],
  client: Pick<ConnectClient, 'validate'>,
  parallel: number,
  secrets: Secrets,
): Promise<void> {
  const findings = (
    await mapBounded(connectors, parallel, (connector) => validateOne(connector, client, secrets))
  ).flat();
  if (findings.length === 0) return;
  const lines = findings.map(({ connector, key, message, hint, ...place }) => {
    const line = `${placeOf(place)} (${connector}): ${key === null ? '' : `${key}: `}${message}`;
    return hint === undefined ? line : `${line}\n    → ${hint}`;
  });
  throw new SluiceError('VALIDATION_FAILED', `the worker rejects\n  ${lines.join('\n  ')}`, {
    hint: 'Nothing was sent. Correct the configuration, and run the command again.',
    details: { findings },
  });
}

async function validateOne(
  connector: ConnectorFile,
  client: Pick<ConnectClient, 'validate'>,
  secrets: Secrets,
): Promise<RemoteFinding[]> {
  const { name, file, config } = connector;
  try {
    const { configs } = await client.validate({ ...config, name });
    const failed = configs.filter(({ value }) => value.errors.length > 0);
    if (failed.length === 0) return [];
    const positions = await connector.positions();
    const hidden = secrets(connector).values();
    return failed.flatMap(({ value }) => {
      const position = positions.value(value.name) ?? positions.start();
      return [...new Set(value.errors)].map((message) => ({
        connector: name,
        file: position === undefined ? file : positions.file(position),
        key: value.name,
        message: redactKnown(message, hidden),
        ...hinted(knownHint(message)),
        ...(position === undefined ? {} : { position: { line: position.line, column: position.column } }),
      }));
    });
  } catch (error) {
    if (!(error instanceof SluiceError) || !ABOUT_CONFIG.has(error.code)) throw error;
    return [
      {
        connector: name,
        file,
        key: null,
        message: redactKnown(error.message, secrets(connector).values()),
        ...hinted(error.hint),
      },
    ];
  }
}

function hinted(hint: string | undefined): { hint?: string } {
  return hint === undefined ? {} : { hint };
}

function placeOf({ file, position }: Pick<RemoteFinding, 'file' | 'position'>): string {
  return position === undefined ? file : `${file}:${position.line}:${position.column}`;
}
