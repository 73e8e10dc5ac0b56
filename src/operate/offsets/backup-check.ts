import { compileSchema } from '../../config/schema-check.ts';

/** Checks a backup file against schemas/offsets-backup.json. */
export const backupCheck = () => compileSchema('offsets-backup.json');
