import type { Session } from '../../databases/session.ts';
import type { Endpoint, WantedTable } from '../../topology/model.ts';
import { ENGINE_CHECKS } from '../engines.ts';
import type { DatabaseFinding } from '../model.ts';
import type { TargetStatements, TargetTable } from './checks.ts';

/** The tables of a sink in its database, and the statements that fix them. */
export interface TargetFacts {
  tables: TargetTable[];
  statements: TargetStatements;
  /** What could not be checked, and problems with the user itself. */
  findings: DatabaseFinding[];
}

export async function targetFacts(
  session: Session,
  endpoint: Pick<Endpoint, 'engine' | 'user'>,
  wanted: readonly WantedTable[],
): Promise<TargetFacts> {
  const reader = await ENGINE_CHECKS[endpoint.engine].target(session, endpoint.user);
  const known = await session.tables();
  const tables: TargetTable[] = [];
  for (const one of wanted) {
    const schema = one.schema ?? reader.defaultSchema;
    // Without quotes the server decides the case.
    const found =
      known.find((table) => table.schema === schema && table.name === one.name) ??
      known.find(
        (table) =>
          table.schema.toLowerCase() === schema.toLowerCase() && table.name.toLowerCase() === one.name.toLowerCase(),
      );
    const id = { schema: found?.schema ?? schema, name: found?.name ?? one.name };
    tables.push({
      wanted: one,
      id,
      existing: found && (await session.describe(id)),
      rights: found && (await reader.rights(id)),
      foreignKeys: found ? await reader.foreignKeys(id) : [],
      mayCreate: found ? undefined : await reader.mayCreate(schema),
    });
  }
  return { tables, statements: reader.statements, findings: reader.findings };
}
