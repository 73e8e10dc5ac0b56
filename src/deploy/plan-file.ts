import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../config/environment.ts';
import { userFolders } from '../config/paths.ts';
import { writePrivateFile } from '../config/private-file.ts';
import { readText } from '../config/read-file.ts';
import { SluiceError } from '../errors/error.ts';
import { PLAN_KIND, type SavedPlan } from '../plan/saved.ts';
import { visibleJson } from '../text/visible.ts';

/**
 * The key of plan fingerprints: SLUICE_PLAN_KEY, which two CI jobs share, or one of the user's own, made when it is
 * first needed.
 */
export function planKey(environment: Environment): Buffer {
  if (environment.SLUICE_PLAN_KEY) return Buffer.from(environment.SLUICE_PLAN_KEY);
  const file = path.join(userFolders(environment).state, 'plan.key');
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(file, error);
  }
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    // `wx`: where two runs make it at once the first wins, and the second reads that.
    writeFileSync(file, randomBytes(32), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(file, error);
  }
  return readFileSync(file);
}

/** @throws FILE_UNWRITABLE */
export function writePlan(file: string, plan: SavedPlan): void {
  writePrivateFile(file, `${visibleJson(JSON.stringify(plan, null, 2))}\n`, 'Check the path given to --save.');
}

/** @throws FILE_UNREADABLE, PLAN_INVALID. */
export function readPlan(file: string): SavedPlan {
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    const plan = JSON.parse(text) as Partial<SavedPlan>;
    if (plan.kind === PLAN_KIND && plan.version === 1 && Array.isArray(plan.connectors)) return plan as SavedPlan;
  } catch {
    // Said below.
  }
  throw new SluiceError('PLAN_INVALID', `${file} is not a plan that this sluice can read`, {
    hint: 'Make one with: sluice plan --save plan.json',
  });
}

function unreadable(file: string, error: unknown): SluiceError {
  return new SluiceError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, {
    hint: 'Check the path and rights.',
    cause: error,
  });
}
