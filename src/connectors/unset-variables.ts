import { setting } from '../text/settings.ts';
import type { ConnectorFile } from './connector-file.ts';
import type { Finding } from './finding.ts';
import type { ReadOptions } from './read-options.ts';
import { resolveValue } from './references.ts';

/** One finding per variable without a value, at the position of its reference. */
export async function unsetFindings(
  connector: ConnectorFile,
  { environment, unset = 'warning', unavailable }: Pick<ReadOptions, 'environment' | 'unset' | 'unavailable'>,
): Promise<Finding[]> {
  if (connector.unset.size === 0) return [];
  const positions = await connector.positions();
  return [...connector.unset].flatMap((key) => {
    const written = key === 'name' ? connector.name : (connector.written[key] ?? '');
    const position = positions.value(key);
    return resolveValue(written, environment).unset.flatMap((variable) => {
      const reason = unavailable?.get(variable);
      if (reason === null) return [];
      return {
        rule: 'unset-variable',
        severity: unset,
        message: `the variable ${variable} is not set${reason === undefined ? '' : `: ${reason}`}`,
        hint: `Set ${variable}, or give a file of variables with ${setting('envFile')}; write $\${${variable}} for the literal text.`,
        file: position ? positions.file(position) : connector.file,
        connector: connector.name,
        key,
        ...(position ? { position, excerpt: positions.excerpt(position) } : {}),
      };
    });
  });
}
