import type { ConnectClient } from '../connect/client.ts';
import { unsupported } from '../connect/versions.ts';
import { SluiceError } from '../errors/error.ts';
import type { ConnectorChange } from '../plan/diff.ts';
import type { Secrets } from '../plan/show.ts';
import { holdsMask, isMasked, maskedKeys } from '../text/masks.ts';
import { own } from '../text/own.ts';
import { setting } from '../text/settings.ts';

/**
 * A file exported from a worker that masks values may contain masks instead of secrets. Ends the run before a mask would
 * overwrite a secret. If the worker masks the key as well, the live value stays.
 * @param sendMasked connectors whose masked values are sent; their files must not contain masks for them
 * @throws VALIDATION_FAILED, naming files and keys.
 */
export function assertNoMasks(
  changes: readonly ConnectorChange[],
  secrets: Secrets,
  sendMasked: readonly string[] = [],
): void {
  const findings = changes.flatMap(({ name, file, desired, live }) => {
    const { isSecret } = secrets(desired);
    const whole = maskedKeys(desired.config).filter((key) => {
      const kept = isMasked(own(live?.info.config, key));
      // --send-masked promises that the file has the real value.
      return kept ? sendMasked.includes(name) : isSecret(key);
    });
    const partly = Object.entries(desired.config).flatMap(([key, value]) =>
      !isMasked(value) && holdsMask(key, value) && value !== own(live?.info.config, key) ? [key] : [],
    );
    return [...whole, ...partly].map((key) => ({ connector: name, file, key }));
  });
  if (findings.length === 0) return;
  const lines = findings.map(
    ({ connector, file, key }) => `${file}: the ${key} of ${connector} holds a mask, not a secret`,
  );
  throw new SluiceError('VALIDATION_FAILED', ['the files contain masks', ...lines].join('\n  '), {
    hint: `Nothing was sent. Write \${VARIABLE} instead, and set it in the environment or with ${setting('envFile')}.`,
    details: { findings },
  });
}

/**
 * Call before changing a connector whose file contains masks: it can only be written key by key.
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
