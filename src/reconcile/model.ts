import type { Column, Step } from '../databases/model.ts';
import type { DigestName, Session } from '../databases/session.ts';
import type { Positive } from '../text/numbers.ts';
import type { ColumnRule } from './columns/rules.ts';

/** PostgreSQL rounds a half away from the year 2000, which it counts from; the others round it up. */
export type Half = 'up' | 'away';

/** Values within either bound are equal. */
export interface Tolerance {
  /** A decimal number; for times, a number of microseconds followed by `us`. */
  absolute?: string | undefined;
  /** Part of the larger value's size. */
  relative?: number | undefined;
}

/** How the values of a column pair are brought to one text on both sides. */
export type Form =
  | { kind: 'integer'; tolerance?: Tolerance }
  /** `rounded`: digits beyond the scale are rounded off; else none is lost. */
  | { kind: 'decimal'; scale?: number; rounded?: true; tolerance?: Tolerance }
  /**
   * The 64 bits of the double in hex (IEEE 754), -0 as 0. `bits`: 32 if a decimal number is rounded to a real first.
   */
  | { kind: 'float'; bits: 32 | 64; tolerance?: Tolerance }
  /** `trim`: trailing blanks do not count, or those at both ends. */
  | { kind: 'text'; trim: boolean | 'both'; ignoreCase?: true }
  | { kind: 'uuid' }
  | { kind: 'json' }
  | { kind: 'bytes' }
  | { kind: 'date' }
  /** `held`: if a rule's precision is lower than the target's: the target's, to which the source is rounded first. */
  | { kind: 'time'; zone: boolean; precision: number; held?: number; tolerance?: Tolerance }
  /**
   * `held`: as for a time. `step`: both sides are rounded to what the target's type can hold. `half`: how both round
   * a half of the last digit, set by the target's engine; undefined if both engines are the same.
   */
  | { kind: 'timestamp'; precision: number; held?: number; step?: Step; half?: Half; tolerance?: Tolerance }
  | { kind: 'interval' }
  | { kind: 'native' };

export interface ColumnPair {
  source: Column;
  target: Column;
  form: Form;
  /** The column's own rule, which the form already includes. */
  rule?: ColumnRule;
  /** The form without the rule: for showing values, and for writing them in a repair. */
  plain?: Form;
  /** Why no repair writes it: a pipeline would write other values, or none. */
  unwritable?: string;
  /** The same where the source has NULL. */
  nullUnwritable?: string;
  /** For readers of the result: a precision that was cut, a zone that was assumed. */
  note?: string;
}

/** One column that could not be compared, and why. */
export interface UncomparedColumn {
  column: string;
  reason: string;
}

/** Starts the text of a value that is not valid text; its bytes follow in digits. No repair writes such a value. */
export const NO_TEXT = '\ufffdhex:';

export type Side = 'source' | 'target';

/**
 * `rows`: every row and column, differences by key. `checksums`: every row and column, but only whether they differ.
 * `counts`: numbers of rows. `schema`: columns, types, nullability and keys, no rows.
 */
export const MODES = ['rows', 'checksums', 'counts', 'schema'] as const;

export type Mode = (typeof MODES)[number];

/** One of several disjoint parts of a table's rows, compared separately. */
export interface Shard {
  /** 1 to `of`. */
  index: Positive;
  of: Positive;
}

/** Waits until the source's current rows have reached the target. */
export interface Fence {
  kind: 'connector' | 'time';
  /** Resolves to undefined once the pipeline has passed, or to the reason for giving up. */
  pass(source: Session): Promise<string | undefined>;
}

/** `fast`: PostgreSQL's own record hash; `md5`, `sha256`: 64 bits of it over a canonical text; `…-128`: twice as many. */
export type HashName = 'fast' | DigestHash;

export type DigestHash = DigestName | `${DigestName}-128`;
