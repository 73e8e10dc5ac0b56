import type { SluiceError } from '../errors/error.ts';
import type { ChangeEffects } from '../store/changes.ts';
import { type RecordPorts, recorded } from '../store/record.ts';
import type { DeployReport } from './deploy.ts';
import type { Begins } from './options.ts';

/** Runs a deploy and records its result, even if it ended with an error. */
export function recordedDeploy(
  run: (begins: Begins) => Promise<DeployReport>,
  { context, verb = 'deploy', ...ports }: RecordPorts & { context: string; verb?: 'deploy' | 'patch' | 'edit' },
): Promise<DeployReport> {
  const of = (report: DeployReport) => ({ exitCode: report.exitCode, ...doneBy(report) });
  return recorded(
    { verb, context },
    (note) =>
      run(({ connectors, topics }) =>
        note({
          connectors: connectors.map((name) => ({ name, outcome: 'not known', error: null })),
          topics: topics.map((name) => ({ name, outcome: 'not known' })),
        }),
      ),
    { of, before: doneBefore },
    ports,
  );
}

type Done = Pick<ChangeEffects, 'connectors' | 'topics'>;

function doneBy({ results, topics, pruned }: DeployReport): Done {
  return {
    connectors: [
      ...results.map(({ name, outcome, error }) => ({ name, outcome, error: error?.code ?? null })),
      ...(pruned ?? []).flatMap(({ name, outcome, error }) => {
        if (outcome === null && error === null) return [];
        return [{ name, outcome: outcome ?? 'failed', error: error?.code ?? null }];
      }),
    ],
    topics: topics.map(({ name, outcome }) => ({ name, outcome })),
  };
}

const OUTCOMES = [
  ['written', 'written'],
  ['failed', 'failed'],
  ['rolledBack', 'rolled back'],
  ['unknown', 'not known'],
  ['deleted', 'deleted'],
  ['unsure', 'not known'],
] as const;

/** What a deploy had done before it ended with an error (an interruption, failed topics), from the error's details. */
function doneBefore({ details }: SluiceError): Done {
  const names = (key: string) => (Array.isArray(details?.[key]) ? (details[key] as unknown[]).map(String) : []);
  // One entry per connector: later outcomes are more specific.
  const outcomes = new Map<string, string>();
  for (const [key, outcome] of OUTCOMES) for (const name of names(key)) outcomes.set(name, outcome);
  return {
    connectors: [...outcomes].map(([name, outcome]) => ({ name, outcome, error: null })),
    topics: names('topics').map((name) => ({ name, outcome: 'made' })),
  };
}
