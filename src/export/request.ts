export const EXPORT_FORMATS = ['json', 'yaml', 'strimzi'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What `export` does unless a request says otherwise; in a file of its own, so that the help loads nothing else. */
export const DEFAULTS = {
  folder: 'connectors',
  format: 'json',
  /** In the folder. */
  envFile: '.env',
} as const satisfies { folder: string; format: ExportFormat; envFile: string };
