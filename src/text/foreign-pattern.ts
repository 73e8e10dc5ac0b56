import type { Context, Script } from 'node:vm';

/** Time limit for one match. */
const PATIENCE_MS = 100;
/** Attempts, if it was the machine that was busy with something else in that time. */
const MAX_TRIES = 10;
/** Topic and table names are short; a few repetitions are cheap for them. */
const MAX_DIRECT_LENGTH = 500;
const MAX_QUICK_REPETITIONS = 2;

/** Expressions that were stopped; each would take as long for every other text. */
const stopped = new Set<string>();
let trial: { script: Script; context: Context } | undefined;

/**
 * A user's regular expression, matched against a whole text. It might take forever to fail; if so, the engine stops at a
 * time limit, and the expression is not tried again.
 */
export class ForeignPattern {
  readonly written: string;
  readonly #source: string;
  readonly #flags: string;
  readonly #quick: boolean;
  readonly #compiled: RegExp;

  /** @throws SyntaxError if this engine cannot parse it */
  constructor(written: string, flags = '') {
    this.written = written;
    this.#source = `^(?:${written})$`;
    this.#flags = flags;
    this.#compiled = new RegExp(this.#source, flags);
    this.#quick = isQuick(written);
  }

  /** Undefined if it took too long. */
  test(text: string): boolean | undefined {
    if (this.#quick && text.length <= MAX_DIRECT_LENGTH) return this.#compiled.test(text);
    return testInTime(this.#source, this.#flags, text);
  }

  /** Its first match in a text that it fits, which may be a part only. Null if it does not fit; undefined as in `test`. */
  first(text: string): RegExpExecArray | null | undefined {
    const fits = this.test(text);
    // It matched quickly just now, from the same position and in the same way.
    return fits === true ? new RegExp(this.written, this.#flags).exec(text) : fits === false ? null : undefined;
  }
}

function newTrial(): { script: Script; context: Context } {
  // Loaded when it is first needed, as few runs need it.
  const { createContext, Script } = process.getBuiltinModule('node:vm');
  return { script: new Script('new RegExp(source, flags).test(text)'), context: createContext({}) };
}

/** Undefined if it took too long, now or before. */
function testInTime(source: string, flags: string, text: string): boolean | undefined {
  if (stopped.has(source)) return undefined;
  trial ??= newTrial();
  Object.assign(trial.context, { source, flags, text });
  for (let tries = 1; ; tries++) {
    const before = process.threadCpuUsage();
    try {
      return trial.script.runInContext(trial.context, { timeout: PATIENCE_MS }) === true;
    } catch {
      const { user, system } = process.threadCpuUsage(before);
      // The limit is elapsed time, and less than half of it was spent on the expression.
      if (tries < MAX_TRIES && user + system < PATIENCE_MS * 500) continue;
      stopped.add(source);
      return undefined;
    }
  }
}

/** A built-in expression against a text of any length: some take quadratic time. Too slow counts as no match. */
export function fitsAnyLength(expression: RegExp, text: string): boolean {
  if (text.length <= MAX_DIRECT_LENGTH) return expression.test(text);
  return testInTime(expression.source, expression.flags, text) ?? false;
}

/** No repeated groups, no back references, few repetitions: no text makes it slow. */
export function isQuick(written: string): boolean {
  if (/\)[*+?{]|\\[1-9k]/.test(written)) return false;
  return (written.match(/[*+{]/g)?.length ?? 0) <= MAX_QUICK_REPETITIONS;
}

/** Whether the expression matches the whole text; undefined if it cannot be parsed, or takes too long. */
export function takesWhole(written: string, text: string): boolean | undefined {
  try {
    return new ForeignPattern(written).test(text);
  } catch {
    return undefined;
  }
}
