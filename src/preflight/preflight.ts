import { mapBounded } from '../connect/concurrency.ts';
import type { ConnectorFile } from '../connectors/connector-file.ts';
import { engineOf, openSession } from '../databases/open.ts';
import type { Session } from '../databases/session.ts';
import { SluiceError } from '../errors/error.ts';
import { eachDatabase, locate, type NamedDatabase } from '../topology/endpoints.ts';
import type { CapturedTable, Endpoint } from '../topology/model.ts';
import { topicOf, wantedTables } from '../topology/sink-tables.ts';
import { ENGINE_CHECKS } from './engines.ts';
import {
  type DatabaseFinding,
  finding,
  type PreflightConnector,
  type PreflightFinding,
  type PreflightReport,
} from './model.ts';
import { DEFAULTS } from './request.ts';
import { targetFindings, wishesOf } from './target/checks.ts';
import { targetFacts } from './target/facts.ts';

export interface PreflightOptions {
  /** Connectors to check; undefined means all. Others are only read as sources of these. */
  only?: ReadonlySet<string> | undefined;
  /** The database to use instead of a connector's own settings, by connector. */
  named: ReadonlyMap<string, { name: string; url: string }>;
  /** Live configurations by name; undefined if the worker was not asked. */
  live?: ReadonlyMap<string, Readonly<Record<string, string>>> | undefined;
  signal: AbortSignal;
  /** `DEFAULTS` unless given. */
  waits?: { connectTimeout: number; statementTimeout: number };
}

const SIDE_BY_SIDE = 4;

interface Checked {
  connector: PreflightConnector;
  findings: PreflightFinding[];
}

/**
 * Checks that databases are ready for their connectors, in read-only sessions. Unreachable databases are reported
 * separately from errors: the worker may still reach them.
 * @param files all connectors, with references resolved
 */
export async function preflight(
  files: readonly ConnectorFile[],
  options: PreflightOptions,
): Promise<Omit<PreflightReport, 'broken'>> {
  const checked = new Map<string, Checked>();
  const captured = new Map<string, CapturedTable>();
  const located = files.map((file) => ({ file, place: locate(file.config, namedFor(file.name, options)) }));
  const wanted = ({ name }: ConnectorFile) => options.only === undefined || options.only.has(name);
  const sinksWanted = located.some(
    ({ file, place }) => wanted(file) && 'endpoint' in place && place.endpoint.role === 'target',
  );
  // Sources first: they provide the topics and keys of the sinks' tables.
  for (const role of ['source', 'target'] as const) {
    await mapBounded(
      located.filter(({ place }) => 'endpoint' in place && place.endpoint.role === role),
      SIDE_BY_SIDE,
      async ({ file, place }) => {
        if (!('endpoint' in place) || (!wanted(file) && !(role === 'source' && sinksWanted))) return;
        const result = await checkOne(file, place.endpoint, { files, captured, options });
        if (wanted(file)) checked.set(file.name, result);
      },
    );
  }
  const results = located
    .filter(({ file }) => wanted(file))
    .map(({ file, place }) => checked.get(file.name) ?? skipped(file, place));
  const findings = results.flatMap((result) => result.findings);
  const count = (severity: DatabaseFinding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    connectors: results.map((result) => result.connector),
    findings,
    summary: {
      errors: count('error'),
      warnings: count('warning'),
      notes: count('note'),
      unreachable: results.filter(({ connector }) => connector.outcome === 'unreachable').length,
    },
  };
}

function namedFor(name: string, { named }: PreflightOptions): NamedDatabase | undefined {
  const database = named.get(name);
  return database && { ...database, engine: engineOf(database) };
}

function skipped({ name, file }: ConnectorFile, place: ReturnType<typeof locate>): Checked {
  const reason = 'reason' in place ? place.reason : '';
  const role = 'reason' in place ? place.role : place.endpoint.role;
  return { connector: { name, file, role, database: null, outcome: 'skipped', reason }, findings: [] };
}

interface Surroundings {
  files: readonly ConnectorFile[];
  /** Filled by sources, read by sinks. */
  captured: Map<string, CapturedTable>;
  options: PreflightOptions;
}

async function checkOne(file: ConnectorFile, endpoint: Endpoint, around: Surroundings): Promise<Checked> {
  const [first, ...others] = eachDatabase(file.config, endpoint);
  if (first === undefined || others.length === 0) return checkDatabase(file, first ?? endpoint, around);
  const results: Checked[] = [];
  for (const one of [first, ...others]) results.push(await checkDatabase(file, one, around));
  const away = results.filter(({ connector }) => connector.outcome === 'unreachable');
  return {
    connector: {
      ...(away[0] ?? results[0] ?? skipped(file, { endpoint })).connector,
      database: endpoint.display,
      reason: away.length === 0 ? null : away.map(({ connector }) => connector.reason).join('; '),
    },
    findings: missingNowhereElse(results.filter((one) => !away.includes(one)).map((one) => one.findings)),
  };
}

/** One table list applies to all databases: a pattern only has to match in one of them. */
function missingNowhereElse(databases: readonly (readonly PreflightFinding[])[]): PreflightFinding[] {
  const isMissing = (wanted: PreflightFinding) =>
    databases.every((findings) => findings.some((one) => one.check === wanted.check && one.message === wanted.message));
  return databases.flatMap((findings) => findings.filter((one) => one.check !== 'table-missing' || isMissing(one)));
}

async function checkDatabase(file: ConnectorFile, endpoint: Endpoint, around: Surroundings): Promise<Checked> {
  const base = { name: file.name, file: file.file, role: endpoint.role, database: endpoint.display };
  const located = (found: readonly DatabaseFinding[]): PreflightFinding[] =>
    found.map((one) => ({ ...one, connector: file.name, file: file.file, database: endpoint.display }));
  const { signal, waits = DEFAULTS } = around.options;
  let session: Session | undefined;
  try {
    session = await openSession({ name: endpoint.display, url: endpoint.url }, { ...waits, signal });
    const findings = await (endpoint.role === 'source' ? checkSource : checkTarget)(session, file, endpoint, around);
    return { connector: { ...base, outcome: 'checked', reason: null }, findings: located(findings) };
  } catch (error) {
    if (signal.aborted || !(error instanceof SluiceError)) throw error;
    const refused = session === undefined ? refusal(error, endpoint) : unfinished(error);
    if (refused) return { connector: { ...base, outcome: 'checked', reason: null }, findings: located([refused]) };
    return { connector: { ...base, outcome: 'unreachable', reason: error.message }, findings: [] };
  } finally {
    await session?.close();
  }
}

/** A refused login. If accounts depend on the client's host, the worker may still be able to log in. */
function refusal(error: SluiceError, { engine, user }: Endpoint): DatabaseFinding | undefined {
  const byHost = ENGINE_CHECKS[engine].dependsOnHost(error);
  if (error.code === 'DATABASE_UNAUTHORIZED') {
    return finding(byHost ? 'warning' : 'error', 'login', `${user} cannot log in: ${error.message}`, {
      hint: byHost
        ? 'Check user and password; the account may only be allowed from the host of the worker.'
        : 'Check user, password and database.',
    });
  }
  if (error.code === 'DATABASE_REJECTED') {
    return finding('error', 'login', error.message, { hint: 'Check the name of the database, and its settings.' });
  }
  return undefined;
}

/** The login succeeded, but something could not be read. */
function unfinished(error: SluiceError): DatabaseFinding | undefined {
  if (error.code === 'DATABASE_UNREACHABLE' || error.code === 'TIMED_OUT') return undefined;
  return finding('warning', 'unfinished', `not everything could be checked: ${error.message}`, {
    hint: 'Name a database whose user may see more, under preflight.databases in sluice.yaml.',
  });
}

async function checkSource(
  session: Session,
  file: ConnectorFile,
  endpoint: Endpoint,
  { captured, options }: Surroundings,
): Promise<DatabaseFinding[]> {
  // For other sources only the login is checked.
  if (!endpoint.debezium) return [];
  const { name, config } = file;
  const source = { name, config, user: endpoint.user, live: options.live };
  const { findings, tables } = await ENGINE_CHECKS[endpoint.engine].source(session, source);
  for (const table of tables) captured.set(topicOf(config, table, endpoint.database), table);
  return findings;
}

async function checkTarget(
  session: Session,
  { name, config }: ConnectorFile,
  endpoint: Endpoint,
  { files, captured }: Surroundings,
): Promise<DatabaseFinding[]> {
  const wanted = wantedTables({ name, config }, files, captured);
  const facts = await targetFacts(session, endpoint, wanted);
  return [...facts.findings, ...targetFindings(facts.tables, wishesOf(config), facts.statements)];
}
