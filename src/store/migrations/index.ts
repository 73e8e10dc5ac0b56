import deploys from './0001-deploys.ts';
import topics from './0002-topics.ts';
import comparisons from './0003-comparisons.ts';
import changes from './0004-changes.ts';
import statusSamples from './0005-status-samples.ts';
import maintenance from './0006-maintenance.ts';
import raisedLoggers from './0007-raised-loggers.ts';
import daemon from './0008-daemon.ts';
import schemaChanges from './0009-schema-changes.ts';
import processes from './0010-processes.ts';
import givenUpAlerts from './0011-given-up-alerts.ts';

/** Each runs once, in its own order; a new one is a new file at the end, and none is ever changed. */
export const MIGRATIONS: readonly string[] = [
  deploys,
  topics,
  comparisons,
  changes,
  statusSamples,
  maintenance,
  raisedLoggers,
  daemon,
  schemaChanges,
  processes,
  givenUpAlerts,
];
