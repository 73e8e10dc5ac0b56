import type { ErrorDocument } from '../errors/error.ts';
import type { ErrorCode } from '../errors/registry.ts';

/** A part that has not failed for this long has recovered: then a failure is news (ms). */
const QUIET_MS = 600_000;
/** Different failures of one part that are reported in a row. */
const MOST = 5;

export interface FailurePorts {
  /** ms since 1970 */
  now(): number;
  say(error: ErrorDocument): void;
  count(code: ErrorCode): void;
}

/** Failures of the daemon itself: each is counted, and said once, not every few seconds while it lasts. */
export class Failures {
  readonly #ports: FailurePorts;
  readonly #known = new Map<string, { said: Set<string>; lastAt: number }>();

  constructor(ports: FailurePorts) {
    this.#ports = ports;
  }

  /** @param part what has failed: each says its own */
  report(part: string, error: ErrorDocument): void {
    const { now, say, count } = this.#ports;
    count(error.code);
    const at = now();
    const before = this.#known.get(part);
    // A clock that was set back is no news, one that was ahead must not silence it.
    const isNew = before === undefined || Math.abs(at - before.lastAt) > QUIET_MS;
    const known = isNew ? { said: new Set<string>(), lastAt: at } : before;
    known.lastAt = at;
    this.#known.set(part, known);
    const text = `${error.code} ${error.message}`;
    if (known.said.has(text) || known.said.size >= MOST) return;
    known.said.add(text);
    say(error);
  }
}
