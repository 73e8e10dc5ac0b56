import type { ConnectClient } from '../connect/client.ts';
import { isMasked, maskedKeys } from '../connect/masks.ts';
import { unsupported } from '../connect/versions.ts';
import { SluiceError } from '../errors/error.ts';
import type { ConnectorChange } from '../plan/diff.ts';
import type { Secrets } from '../plan/plan.ts';
import { own } from '../text/own.ts';

/**
 * A file that was made from what a masking worker shows may hold masks where secrets belong. What would write one in
 * place of a secret ends the run before anything is sent; where the worker masks the key as well, it keeps its value.
 * @param sendMasked connectors whose masked values are to be sent: there a mask in the file is none to send
 * @throws VALIDATION_FAILED, naming files and keys.
 */
export function assertNoMasks(
  changes: readonly ConnectorChange[],
  secrets: Secrets,
  sendMasked: readonly string[] = [],
): void {
  const findings = changes.flatMap(({ name, file, desired, live }) => {
    const { isSecret } = secrets(desired);
    return maskedKeys(desired.config)
      .filter((key) => {
        const kept = isMasked(own(live?.info.config, key));
        // Who asks for it to be sent believes that the file has it.
        return kept ? sendMasked.includes(name) : isSecret(key);
      })
      .map((key) => ({ connector: name, file, key }));
  });
  if (findings.length === 0) return;
  const lines = findings.map(
    ({ connector, file, key }) => `${file}: the ${key} of ${connector} holds a mask, not a secret`,
  );
  throw new SluiceError('VALIDATION_FAILED', ['the files have masks in them', ...lines].join('\n  '), {
    hint: 'Nothing was sent. Write ${VARIABLE} there, and set it in the environment or an --env-file.',
    details: { findings },
  });
}

/**
 * To be asked before a connector is touched whose file holds masks: such a one can only be written key by key.
 * @throws CONNECT_UNSUPPORTED before Kafka 3.8.
 */
export async function assertCanPatch(
  { name, desired }: Pick<ConnectorChange, 'name' | 'desired'>,
  client: Pick<ConnectClient, 'supports' | 'server'>,
): Promise<void> {
  if (await client.supports('changing single keys')) return;
  const error = unsupported((await client.server()).version, 'changing single keys');
  throw new SluiceError(
    'CONNECT_UNSUPPORTED',
    `the file of "${name}" has masks for ${maskedKeys(desired.config).join(', ')}, which would be written back`,
    {
      hint: `Write the secrets as \${VARIABLE} into the file, or: ${error.hint}`,
      cause: error,
      details: { name },
    },
  );
}
