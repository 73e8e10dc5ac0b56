import { SluiceError } from '../errors/error.ts';
import type { Environment } from './environment.ts';
import { contextVariable, type ReferenceSources } from './references.ts';

/** What `${NAME}` in connector files may stand for. */
export interface ConnectorVariables {
  environment: Environment;
  /** Variables of the context that have no value, and why; null: not asked for here. */
  withheld: ReadonlyMap<string, string | null>;
}

/**
 * The variables of a context beneath the environment. One that cannot be resolved is no error yet: perhaps no connector
 * asks for it.
 * @param offline no Vault is asked: what stands there is left without a value
 */
export async function connectorVariables(sources: ReferenceSources, offline: boolean): Promise<ConnectorVariables> {
  const { environment, variables } = sources;
  const withheld = new Map<string, string | null>();
  const found: Record<string, string> = {};
  for (const [name, written] of Object.entries(variables?.written ?? {})) {
    if (environment[name] !== undefined) continue;
    if (offline && written.includes('${vault:')) {
      withheld.set(name, null);
      continue;
    }
    try {
      found[name] = (await contextVariable(name, sources)) ?? '';
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      withheld.set(name, error.message);
    }
  }
  return { environment: { ...found, ...environment }, withheld };
}
