import type { ConnectorReport } from '../../monitor/health.ts';
import { command } from '../../text/settings.ts';
import { shellWord } from '../../text/shell.ts';
import { type StageVerdict, verdict } from '../model.ts';

type Facts = Pick<ConnectorReport, 'name' | 'state' | 'taskList' | 'tasks' | 'cause' | 'hint'>;

/** What the worker says about a connector and its tasks. Pure. */
export function connectorVerdict({ name, state, taskList, tasks, cause, hint }: Facts): StageVerdict {
  if (state === null) return verdict('unknown', `the worker has no status of ${name}`);
  if (state === 'PAUSED' || state === 'STOPPED')
    return verdict('inactive', `${name} is ${state}`, {
      hint: 'Somebody asked for that. To let it run:',
      command: command(`resume ${shellWord(name)}`),
    });
  const running = `${tasks.running} of ${tasks.total} ${tasks.total === 1 ? 'task' : 'tasks'} running`;
  const restart = command(`restart ${shellWord(name)}`, { failed: true });
  if (state === 'FAILED')
    return verdict('stuck', `${name} has FAILED`, { cause, hint: hint ?? CORRECT, command: restart });
  if (state === 'UNASSIGNED')
    return verdict('stuck', `no worker has taken ${name}`, {
      hint: 'A rebalance may be in progress, or the workers may be down.',
      command: command('workers'),
    });
  const failed = taskList.filter((task) => task.state === 'FAILED');
  if (failed.length > 0) {
    const [first] = failed;
    const others = new Set(failed.slice(1).flatMap((task) => task.cause ?? []));
    others.delete(first?.cause ?? '');
    return verdict('stuck', `${failedText(failed.map(({ id }) => id))}; ${running}`, {
      cause: first?.cause ?? null,
      details: [...others],
      hint: hint ?? CORRECT,
      command: restart,
    });
  }
  if (state !== 'RUNNING') return verdict('unknown', `${name} is ${state}; ${running}`);
  if (tasks.total === 0)
    return verdict('stuck', `${name} is RUNNING, but it has no task`, {
      hint: 'The connector found nothing to do, or could not divide its work. Check its configuration.',
      command: command(`restart ${shellWord(name)}`),
    });
  const idle = taskList.filter((task) => task.state !== 'RUNNING');
  if (idle.length === 0) return verdict('ok', `${name} is RUNNING, ${running}`);
  const states = [...new Set(idle.map((task) => task.state))].join(', ');
  const restarting = idle.every((task) => task.state === 'RESTARTING');
  return verdict(restarting ? 'unknown' : 'stuck', `${running}; the others are ${states}`, {
    command: restarting ? null : command('workers'),
  });
}

const CORRECT = 'Correct the cause, then restart what failed.';

export function failedText(ids: readonly number[]): string {
  return ids.length === 1 ? `task ${ids[0]} has FAILED` : `tasks ${ids.join(', ')} have FAILED`;
}
