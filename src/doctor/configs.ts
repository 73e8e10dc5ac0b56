import type { ValidatePolicy } from '../config/project.ts';
import { connectorType } from '../connect/connector.ts';
import type { ListedConnector } from '../connect/types.ts';
import { type QueueProblem, queuesOf } from '../dlq/queues.ts';
import { liveFile, UNUSED } from '../inspect/entries.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { isMasked } from '../text/masks.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';
import { validateConfig } from '../validate/live.ts';
import { type DoctorFinding, finding, type Severity } from './model.ts';

const IN_CLEAR: ReadonlySet<string> = new Set(['secret-in-clear', 'credentials-in-url']);

/**
 * What is wrong in the configurations, by the rules of validate, with the project's severities and silences. The worker
 * runs them in spite of that: none is an error. Pure, but for reading schemas.
 */
export function configFindings(
  connectors: readonly ListedConnector[],
  schemas: SchemaStore,
  policy: ValidatePolicy,
): DoctorFinding[] {
  const inClear: { name: string; severity: Severity; keys: string }[] = [];
  const findings = connectors.flatMap((one) => {
    const found = validateConfig(liveFile(one.name, one.info.config), schemas, policy);
    const ignored = found.filter(({ rule, severity }) => UNUSED.has(rule) && severity !== 'note');
    const clear = found.filter(({ rule, key }) => IN_CLEAR.has(rule) && !isMasked(one.info.config[key ?? '']));
    const keys = (of: typeof found) => [...new Set(of.flatMap(({ key }) => key ?? []))];
    if (clear.length > 0) inClear.push({ name: one.name, severity: capped(clear), keys: keys(clear).join(', ') });
    if (ignored.length === 0) return [];
    const count = keys(ignored).length;
    return [
      finding(capped(ignored), 'ignored-keys', [one.name], `${count} ${count === 1 ? 'key' : 'keys'} without effect`, {
        details: ignored.map(({ message }) => message),
        hint: 'Correct or remove them. For all keys, and what reads them:',
        command: command(`describe ${shellWord(one.name)}`),
      }),
    ];
  });
  return [...findings, ...clearFindings(inClear)];
}

const SHOWN = 10;

/** One for all connectors of a severity: on most clusters they are all, or none. */
function clearFindings(inClear: readonly { name: string; severity: Severity; keys: string }[]): DoctorFinding[] {
  return [...Map.groupBy(inClear, ({ severity }) => severity)].map(([severity, those]) =>
    finding(
      severity,
      'secret-in-clear',
      those.map(({ name }) => name),
      'the worker shows secrets in clear text',
      {
        details: [
          ...those.slice(0, SHOWN).map(({ name, keys }) => `${name}: ${keys}`),
          ...(those.length > SHOWN ? [`and ${those.length - SHOWN} more connectors`] : []),
        ],
        hint: 'Everyone who reaches the REST API can read them. Let the worker fill them in, with a config provider: ${file:/path:key}.',
      },
    ),
  );
}

/** The worst of their severities, but never an error. */
function capped(found: readonly { severity: Severity }[]): Severity {
  return found.some(({ severity }) => severity !== 'note') ? 'warning' : 'note';
}

/** Sinks whose failed records go nowhere. Pure. */
export function queueFindings(connectors: readonly ListedConnector[]): DoctorFinding[] {
  const queues = queuesOf(connectors.filter((one) => connectorType(one) === 'sink'));
  const withProblem = (kind: QueueProblem['kind']) =>
    queues.filter(({ problems }) => problems.some((problem) => problem.kind === kind)).map(({ sink }) => sink);
  const [dropped, none] = [withProblem('dropped'), withProblem('none')];
  return [
    ...(dropped.length === 0
      ? []
      : [
          finding(
            'warning',
            'records-dropped',
            dropped,
            'failed records are dropped: errors.tolerance is all, and there is no dead letter queue',
            {
              hint: 'Set errors.deadletterqueue.topic.name, and errors.deadletterqueue.context.headers.enable=true.',
            },
          ),
        ]),
    ...(none.length === 0
      ? []
      : [
          finding(
            'note',
            'no-dead-letter-queue',
            none,
            'no dead letter queue: the first failed record stops its task',
            {
              hint: 'That may be what you want. For every sink and its queue:',
              command: command('dlq list'),
            },
          ),
        ]),
  ];
}
