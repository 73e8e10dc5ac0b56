import type { ChangedAlert } from '../store/changes.ts';
import { type RecordPorts, recorded } from '../store/record.ts';
import type { ChangeVerb } from '../store/verbs.ts';
import { isoSeconds } from '../text/iso-seconds.ts';
import type { MuteReport, UnmuteReport } from './mutes.ts';
import type { TestReport } from './test-receivers.ts';

interface What<Report> {
  verb: Extract<ChangeVerb, `alerts-${string}`>;
  context: string;
  of(report: Report): ChangedAlert[];
  exitCode?(report: Report): number;
}

/** Runs a change of alerts, and records it. */
export function recordedAlerts<Report>(
  { verb, context, of, exitCode }: What<Report>,
  run: () => Report | Promise<Report>,
  ports: RecordPorts,
): Promise<Report> {
  return recorded<Report>(
    { verb, context },
    async () => run(),
    { of: (report) => ({ exitCode: exitCode?.(report) ?? 0, alerts: of(report) }), before: () => ({}) },
    ports,
  );
}

export const mutedIn = ({ mute: { rule, target, until } }: MuteReport): ChangedAlert[] => [
  { name: `${rule} of ${target}`, outcome: `muted until ${isoSeconds(until)}` },
];

export const unmutedIn = ({ mutes }: UnmuteReport): ChangedAlert[] =>
  mutes.map(({ rule, target }) => ({ name: `${rule} of ${target}`, outcome: 'no longer muted' }));

export const testedIn = ({ results }: TestReport): ChangedAlert[] =>
  results.map(({ receiver, steps }) => ({ name: receiver, outcome: steps.map(({ answer }) => answer).join('; ') }));
