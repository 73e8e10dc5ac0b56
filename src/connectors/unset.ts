import type { ConnectorFile } from './connector-file.ts';
import type { ReadOptions } from './files.ts';
import type { Finding } from './finding.ts';
import { resolveValue } from './references.ts';

/** One finding for each variable without a value, where its reference stands. */
export async function unsetFindings(
  connector: ConnectorFile,
  { environment, unset = 'warning', withheld }: Pick<ReadOptions, 'environment' | 'unset' | 'withheld'>,
): Promise<Finding[]> {
  if (connector.unset.size === 0) return [];
  const positions = await connector.positions();
  return [...connector.unset].flatMap((key) => {
    const written = key === 'name' ? connector.name : (connector.written[key] ?? '');
    const position = positions.value(key);
    return resolveValue(written, environment).unset.flatMap((variable) => {
      const reason = withheld?.get(variable);
      if (reason === null) return [];
      return {
        rule: 'unset-variable',
        severity: unset,
        message: `the variable ${variable} is not set${reason === undefined ? '' : `: ${reason}`}`,
        hint: `Set ${variable}, or give a file of variables with --env-file; write $\${${variable}} for the text itself.`,
        file: position ? positions.file(position) : connector.file,
        connector: connector.name,
        key,
        ...(position ? { position, excerpt: positions.excerpt(position) } : {}),
      };
    });
  });
}
