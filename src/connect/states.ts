/** States by which connectors can be selected; in a file of their own, so that the help loads nothing else. */
export const SELECTABLE_STATES = ['running', 'paused', 'stopped', 'failed', 'unassigned', 'restarting'] as const;
export type SelectableState = (typeof SELECTABLE_STATES)[number];
