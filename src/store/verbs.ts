/** Kinds of changes that the history holds. */
export const CHANGE_VERBS = [
  'deploy',
  'patch',
  'edit',
  'pause',
  'resume',
  'stop',
  'restart',
  'scale',
  'delete',
  'reset-topics',
  'offsets',
  'maintenance-start',
  'maintenance-end',
  'loggers',
  'repair',
  'replay',
  'purge',
  'quarantine',
  'schema-change',
  'alerts-mute',
  'alerts-unmute',
  'alerts-test',
] as const;

export type ChangeVerb = (typeof CHANGE_VERBS)[number];
