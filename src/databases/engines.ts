import type { Engine } from './engine.ts';
import type { EngineName } from './model.ts';
import { mysql } from './mysql/engine.ts';
import { postgres } from './postgres/engine.ts';
import { sqlserver } from './sqlserver/engine.ts';

/** Every database system that sluice knows. */
export const ENGINES: Readonly<Record<EngineName, Engine>> = {
  postgresql: postgres,
  mysql,
  sqlserver,
};

const NAMES = Object.keys(ENGINES) as EngineName[];
const bySchemes = (schemesOf: (engine: Engine) => readonly string[]): ReadonlyMap<string, EngineName> =>
  new Map(NAMES.flatMap((name) => schemesOf(ENGINES[name]).map((scheme) => [scheme, name] as const)));

const OF_URLS = bySchemes(({ schemes, otherSchemes = [] }) => [...schemes, ...otherSchemes]);
const OF_JDBC_URLS = bySchemes(({ jdbcSchemes }) => jdbcSchemes);

/** @param scheme in lower case, without `jdbc:` */
export function engineOfScheme(scheme: string): EngineName | undefined {
  return OF_URLS.get(scheme);
}

/** The same for JDBC URLs, in which some schemes have another name. */
export function engineOfJdbcScheme(scheme: string): EngineName | undefined {
  return OF_JDBC_URLS.get(scheme);
}

/** `postgres://, mysql://, mariadb:// and sqlserver://` */
export function supportedSchemes(): string {
  const schemes = Object.values(ENGINES).flatMap((engine) => engine.schemes.map((scheme) => `${scheme}://`));
  return new Intl.ListFormat('en-GB').format(schemes);
}
