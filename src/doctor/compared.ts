import type { ListedConnector } from '../connect/types.ts';
import { existingTableText } from '../databases/table-names.ts';
import { SluiceError } from '../errors/error.ts';
import type { ReconcileRun } from '../store/comparisons.ts';
import { firstNames } from '../text/lists.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { mayBeJdbcSink } from '../topology/connector-class.ts';
import { readPipeline } from '../topology/pipeline.ts';
import { type DoctorFinding, finding } from './model.ts';

/** A comparison older than this says little about today. */
const OLD_MS = 30 * 24 * 3_600_000;
const SHOWN = 5;

/**
 * Which sinks' tables were compared with their sources, by the runs on this machine. Pure.
 * @param topics of the cluster; undefined if Kafka was not asked: then the tables of a sink are not known
 * @param runs the latest first; undefined if they could not be read
 */
export function comparedFindings(
  connectors: readonly ListedConnector[],
  topics: readonly string[] | undefined,
  runs: readonly ReconcileRun[] | undefined,
  now: Date,
): DoctorFinding[] {
  if (runs === undefined) return [];
  const sinks = connectors.filter(({ info }) => mayBeJdbcSink(info.config['connector.class']));
  const never: string[] = [];
  const old: string[] = [];
  const found: DoctorFinding[] = [];
  for (const sink of sinks) {
    const own = runs.filter((run) => run.connector === sink.name);
    const [latest] = own.filter(({ verdict }) => verdict !== null);
    const compare = command('reconcile', { connector: shellWord(sink.name) });
    if (latest === undefined) {
      never.push(sink.name);
      continue;
    }
    if (latest.verdict === 'different')
      found.push(
        finding('warning', 'tables-differ', [sink.name], 'the last comparison found differences', {
          details: [firstNames(differing(latest), SHOWN)].filter((text) => text !== ''),
          since: latest.at,
          hint: 'Compare again, and repair what still differs:',
          command: compare,
        }),
      );
    // A failure of one table, or rows that kept changing.
    else if (latest.verdict !== 'equal')
      found.push(
        finding('note', 'tables-not-compared', [sink.name], 'the last comparison came to no final verdict', {
          details: [`verdict: ${latest.verdict}`],
          since: latest.at,
          command: compare,
        }),
      );
    const left = leftOut(sink, connectors, topics, own);
    if (left.length > 0)
      found.push(
        finding(
          'note',
          'tables-not-compared',
          [sink.name],
          `${left.length === 1 ? 'a table was' : `${left.length} tables were`} never compared from this machine`,
          {
            details: [firstNames(left, SHOWN)],
            command: compare,
          },
        ),
      );
    else if (now.getTime() - Date.parse(latest.at) > OLD_MS) old.push(sink.name);
  }
  const several = (names: string[], message: string) => {
    const [first = ''] = names;
    if (names.length > 0)
      found.push(
        finding('note', 'tables-not-compared', names, message, {
          hint: 'Only a comparison shows whether every row arrived:',
          command: command('reconcile', { connector: shellWord(first) }),
        }),
      );
  };
  several(never, 'never compared with the source from this machine');
  several(old, 'last compared with the source more than 30 days ago');
  return found;
}

function differing({ tables }: ReconcileRun): string[] {
  return tables.filter(({ verdict }) => verdict === 'different').map(({ target }) => target);
}

/** Tables of a sink that no run has compared, also not alone. */
function leftOut(
  sink: ListedConnector,
  connectors: readonly ListedConnector[],
  topics: readonly string[] | undefined,
  runs: readonly ReconcileRun[],
): string[] {
  const compared = new Set(
    runs.flatMap(({ tables }) => tables.flatMap(({ source, verdict }) => (verdict === 'failed' ? [] : source))),
  );
  try {
    const all = connectors.map(({ name, info }) => ({ name, config: info.config }));
    const pipeline = readPipeline({ name: sink.name, config: sink.info.config }, all, topics ?? []);
    return pipeline.tables
      .map(({ from: { schema, name } }) => existingTableText({ schema, name }))
      .filter((table) => !compared.has(table));
  } catch (error) {
    // An expression that cannot be evaluated here: the tables are not known.
    if (error instanceof SluiceError) return [];
    throw error;
  }
}
