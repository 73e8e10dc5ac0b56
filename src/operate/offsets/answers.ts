import { SluiceError } from '../../errors/error.ts';

/** Words of Connect's refusals (Worker.java), and what they mean. */
const REFUSALS: readonly [RegExp, string][] = [
  [
    /doesn't support external modification of offsets/i,
    'This connector keeps its position itself, outside of Kafka Connect, and does not let Connect change it. Change it where the connector keeps it: see its documentation.',
  ],
  [
    /haven't stopped completely yet/i,
    'A task of the connector still runs, perhaps on a worker that was cut off. Try again in a minute; if that does not help, restart that worker.',
  ],
];

/** The worker's refusal to change offsets, explained. */
export function refusal(error: unknown, name: string): unknown {
  if (!(error instanceof SluiceError)) return error;
  // The caller reports what reading back showed.
  const answer = error.cause instanceof SluiceError ? error.cause : error;
  if (/must be in the STOPPED state/i.test(answer.message)) {
    return new SluiceError(
      'CONNECTOR_CHANGED',
      `"${name}" was started by someone else while its offsets were to be changed`,
      { hint: 'Agree with them, then run the command again.', details: { name }, cause: error },
    );
  }
  const hint = REFUSALS.find(([pattern]) => pattern.test(answer.message))?.[1] ?? IT_CHECKS;
  const { code, message, details } = answer;
  return new SluiceError(code, message, { hint, cause: error, ...(details === undefined ? {} : { details }) });
}

const IT_CHECKS =
  "Connectors check offsets themselves; the worker's log has the stack trace. For the form of the current ones: sluice offsets get";

/** What the worker's answer to a change means for people; nothing if it is only that it is done. */
export function notesOf(answer: string, connectorClass: string): string[] {
  if (!/manages offsets externally/i.test(answer)) return [];
  return [
    `the offsets that Kafka Connect keeps were changed; ${connectorClass} does not say whether it keeps a position of its own elsewhere: if it does, change that too`,
  ];
}
