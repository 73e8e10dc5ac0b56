import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const given = environment.SLUICE_PLAN_KEY;
  if (given) {
    if (given.trim() !== '') return Buffer.from(given);
    throw new SluiceError('USAGE', 'SLUICE_PLAN_KEY is blank: anyone could seal a plan with it', {
      hint: 'Set it to a long random text, the same where the plan is made and where it is deployed.',
    });
  }
  const file = path.join(userFolders(environment).state, 'plan.key');
  return readKey(file) ?? makeKey(file);
}

const KEY_BYTES = 32;

/** Undefined where there is none yet. */
function readKey(file: string): Buffer | undefined {
  let key: Buffer;
  try {
    key = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
  // Of an empty or cut key the seal could be guessed.
  if (key.length >= KEY_BYTES) return key;
  throw new SluiceError('FILE_UNREADABLE', `${file} is not whole: a key has ${KEY_BYTES} bytes, it has ${key.length}`, {
    hint: 'Remove it; a new one is made, and plans that were saved with it are to be made again.',
  });
}

function makeKey(file: string): Buffer {
  // It appears whole or not at all, and where two runs make it at once the first wins: the second reads that.
  const made = `${file}.${randomUUID()}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(made, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true });
    linkSync(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(file, error);
  } finally {
    rmSync(made, { force: true });
  }
  return readKey(file) ?? makeKey(file);
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
