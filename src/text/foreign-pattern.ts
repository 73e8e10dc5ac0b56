import { type Context, createContext, Script } from 'node:vm';

/** How long one try may take before the engine stops it. */
const PATIENCE_MS = 100;
/** Names of topics and tables are short; a few repetitions cost them nothing. */
const LONGEST_AT_ONCE = 500;
const MOST_AT_ONCE = 2;

/** Of those that were stopped; each would cost as much for every further text. */
const stopped = new Set<string>();
let trial: { script: Script; context: Context } | undefined;

/**
 * A regular expression that someone else wrote, for the whole of a text. It may take for ever to fit nothing: where it could,
 * the engine stops when its time is up, and it is not tried again.
 */
export class ForeignPattern {
  readonly written: string;
  readonly #source: string;
  readonly #flags: string;
  readonly #quick: boolean;
  readonly #compiled: RegExp;

  /** @throws SyntaxError where this engine cannot read it */
  constructor(written: string, flags = '') {
    this.written = written;
    this.#source = `^(?:${written})$`;
    this.#flags = flags;
    this.#compiled = new RegExp(this.#source, flags);
    this.#quick = isQuick(written);
  }

  /** Undefined where it could not be told in time. */
  test(text: string): boolean | undefined {
    if (this.#quick && text.length <= LONGEST_AT_ONCE) return this.#compiled.test(text);
    return testInTime(this.#source, this.#flags, text);
  }

  /** What it finds first in a text that it fits, which may be less than all of it. Null where it does not fit; undefined as `test`. */
  first(text: string): RegExpExecArray | null | undefined {
    const fits = this.test(text);
    // It was quick to fit just now, from the same place on and by the same way.
    return fits === true ? new RegExp(this.written, this.#flags).exec(text) : fits === false ? null : undefined;
  }
}

/** Undefined where it could not be told in time, now or before. */
function testInTime(source: string, flags: string, text: string): boolean | undefined {
  if (stopped.has(source)) return undefined;
  trial ??= { script: new Script('new RegExp(source, flags).test(text)'), context: createContext({}) };
  Object.assign(trial.context, { source, flags, text });
  try {
    return trial.script.runInContext(trial.context, { timeout: PATIENCE_MS }) === true;
  } catch {
    stopped.add(source);
    return undefined;
  }
}

/** An expression of ours against a text of any length: some take the square of it. What is not told in time does not fit. */
export function fitsAnyLength(expression: RegExp, text: string): boolean {
  if (text.length <= LONGEST_AT_ONCE) return expression.test(text);
  return testInTime(expression.source, expression.flags, text) ?? false;
}

/** No group is repeated, nothing refers back, and little else is repeated: no text makes it slow. */
export function isQuick(written: string): boolean {
  if (/\)[*+?{]|\\[1-9k]/.test(written)) return false;
  return (written.match(/[*+{]/g)?.length ?? 0) <= MOST_AT_ONCE;
}

/** Whether the expression takes the whole text; undefined where it cannot be read here, or not be told in time. */
export function takesWhole(written: string, text: string): boolean | undefined {
  try {
    return new ForeignPattern(written).test(text);
  } catch {
    return undefined;
  }
}
