import { SluiceError } from '../errors/error.ts';
import type { Environment } from './environment.ts';
import { contextVariable, type ReferenceSources } from './references.ts';

/** Values for `${NAME}` in connector files. */
export interface ConnectorVariables {
  environment: Environment;
  /** Variables of the context without a value, and why; null if not read offline. */
  unavailable: ReadonlyMap<string, string | null>;
}

/**
 * The variables of a context, overridden by the environment. One that cannot be resolved is not an error yet: perhaps no
 * connector uses it.
 * @param offline does not contact Vault; its variables have no value then
 */
export async function connectorVariables(sources: ReferenceSources, offline: boolean): Promise<ConnectorVariables> {
  const { environment, variables } = sources;
  const unavailable = new Map<string, string | null>();
  const found: Record<string, string> = {};
  for (const [name, written] of Object.entries(variables?.written ?? {})) {
    if (environment[name] !== undefined) continue;
    if (offline && written.includes('${vault:')) {
      unavailable.set(name, null);
      continue;
    }
    try {
      found[name] = (await contextVariable(name, sources)) ?? '';
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      unavailable.set(name, error.message);
    }
  }
  return { environment: { ...found, ...environment }, unavailable };
}
