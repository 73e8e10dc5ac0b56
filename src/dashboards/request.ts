/** What `dashboards export` does unless a request says otherwise; in a file of its own, so that the help loads nothing else. */
export const DEFAULTS = { folder: 'dashboards' } as const;
