import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { userFolders } from '../config/paths.ts';
import { SluiceError } from '../errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { writePrivateFile } from '../files/private-file.ts';
import { readText } from '../files/read-file.ts';
import { PLAN_KIND, type SavedPlan } from '../plan/saved.ts';
import type { Environment } from '../secrets/environment.ts';
import { command, setting } from '../text/settings.ts';
import { visibleJson } from '../text/visible.ts';

/** Anyone who has a plan can test whether a key is right: a shorter one could be found by trying. */
const LEAST_LENGTH = 16;

/**
 * The key of plan fingerprints: SLUICE_PLAN_KEY, which CI jobs can share, or the user's own key, created when first
 * needed.
 */
export function planKey(environment: Environment): Buffer {
  const given = environment.SLUICE_PLAN_KEY;
  if (given) {
    const { length } = given.trim();
    if (length >= LEAST_LENGTH) return Buffer.from(given);
    const what = length === 0 ? 'blank' : 'too short';
    throw new SluiceError('REQUEST_INVALID', `SLUICE_PLAN_KEY is ${what}: anyone could seal a plan with it`, {
      hint: `Set it to at least ${LEAST_LENGTH} random characters, the same for plan and deploy: openssl rand -hex 32`,
    });
  }
  const file = path.join(userFolders(environment).state, 'plan.key');
  return readKey(file) ?? createKey(file);
}

const KEY_BYTES = 32;

/** Undefined if there is none yet. */
function readKey(file: string): Buffer | undefined {
  let key: Buffer;
  try {
    key = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
  // With an empty or truncated key, the seal could be guessed.
  if (key.length >= KEY_BYTES) return key;
  throw new SluiceError('FILE_UNREADABLE', `${file} is incomplete: it has ${key.length} of ${KEY_BYTES} bytes`, {
    hint: 'Remove it. A new one will be created; save plans made with the old one again.',
  });
}

function createKey(file: string): Buffer {
  // Created atomically. If two runs create it at once, the first wins and the second reads that key.
  const temporary = `${file}.${randomUUID()}`;
  try {
    makeFolder(path.dirname(file));
    writeFileSync(temporary, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true });
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(file, error);
  } finally {
    rmSync(temporary, { force: true });
  }
  return readKey(file) ?? createKey(file);
}

/** Replaces an older plan, but no other file. @throws FILE_UNWRITABLE */
export function writePlan(file: string, plan: SavedPlan): void {
  assertPlanOrNothing(file);
  writePrivateFile(
    file,
    `${visibleJson(JSON.stringify(plan, null, 2))}\n`,
    `Check the path given to ${setting('save')}.`,
  );
}

/** A connector file typed after `--save` must not be lost. */
function assertPlanOrNothing(file: string): void {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  let kind: unknown;
  try {
    const text = readText(file);
    if (text === '') return;
    kind = (JSON.parse(text) as { kind?: unknown } | null)?.kind;
  } catch {
    // It is not a plan.
  }
  if (kind === PLAN_KIND) return;
  throw new SluiceError('FILE_UNWRITABLE', `${file} already exists, and is not a plan`, {
    hint: `Choose another name for ${setting('save')}.`,
  });
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
    // Reported below.
  }
  throw new SluiceError('PLAN_INVALID', `${file} is not a plan that this sluice can read`, {
    hint: `Create one with: ${command('plan', { save: 'plan.json' })}`,
  });
}

function unreadable(file: string, error: unknown): SluiceError {
  return new SluiceError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, {
    hint: 'Check the path and permissions.',
    cause: error,
  });
}
