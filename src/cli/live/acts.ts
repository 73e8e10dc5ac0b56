import type { Targets } from '../../config/targets.ts';
import { describeConnectors } from '../../inspect/describe.ts';
import { recordedOperation } from '../../operate/record.ts';
import { DEFAULTS } from '../../operate/request.ts';
import { restartConnectors } from '../../operate/restart.ts';
import { changeState } from '../../operate/state.ts';
import type { OperateReport } from '../../operate/targets.ts';
import type { Clock } from '../../ports/clock.ts';
import { projectSchemas } from '../../schemas/project-schemas.ts';
import type { OpenContext } from '../context.ts';
import { lagLimits } from '../lag-limits.ts';
import type { Described, LiveVerb } from './model.ts';

/** What became of an operation, for one line. */
export interface Done {
  isDone: boolean;
  text: string;
}

/** What keys do to a connector: as the commands of these names do it, with the entry in the history. */
export function liveActs(
  cluster: OpenContext,
  { targets, clock, signal }: { targets: Targets; clock: Clock; signal: AbortSignal },
) {
  const { client, name: context } = cluster;
  const options = {
    ...{ clock, signal, wait: DEFAULTS.wait, timeoutMs: DEFAULTS.timeout, stableMs: DEFAULTS.stable },
    ...{ onlyFailed: true, onlyTasks: false },
  };
  return {
    async operate(verb: LiveVerb, name: string): Promise<Done> {
      const warnings: string[] = [];
      // Not to stderr, which is the same screen.
      const logger = { debug() {}, warn: (message: string) => void warnings.push(message) };
      const report = await recordedOperation(
        { verb, context, names: [name], dryRun: false },
        () =>
          verb === 'restart'
            ? restartConnectors([name], context, client, options)
            : changeState(verb, [name], context, client, options),
        { store: cluster.store, clock, logger },
      );
      const { isDone, text } = outcomeOf(report);
      return { isDone, text: [text, ...warnings].join('; ') };
    },
    async describe(name: string): Promise<Described> {
      const report = await describeConnectors({
        ...{ client, context, clock, signal, selection: { names: [name] } },
        groups: await cluster.groups(),
        kafka: cluster.kafkaOpener(),
        topics: await cluster.topics(),
        inspection: await cluster.inspection(),
        store: await projectSchemas(targets),
        limits: await lagLimits(targets, cluster.context, undefined),
      });
      const [description] = report.connectors;
      return description === undefined
        ? { name, failure: report.unreadable[0]?.error.message ?? 'it is no longer there' }
        : { name, description };
    },
  };
}

function outcomeOf({ results, verb }: OperateReport): Done {
  const [result] = results;
  if (result === undefined) return { isDone: false, text: `${verb}: nothing was done` };
  const { name, outcome, error } = result;
  return error === null
    ? { isDone: true, text: `${name}: ${outcome}` }
    : { isDone: false, text: `${name}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}` };
}
