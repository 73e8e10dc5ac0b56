import type { EngineName } from '../databases/model.ts';
import type { EngineChecks } from './engine-checks.ts';
import { mysql } from './mysql/engine.ts';
import { postgres } from './postgres/engine.ts';
import { sqlserver } from './sqlserver/engine.ts';

/** The checks of each engine. */
export const ENGINE_CHECKS: Readonly<Record<EngineName, EngineChecks>> = {
  postgresql: postgres,
  mysql,
  sqlserver,
};
