import type { Environment } from '../secrets/environment.ts';
import type { Overlays } from './overlays.ts';

export interface ReadOptions {
  /** Variables for `${NAME}`. */
  environment: Environment;
  /** The severity of an unset variable: an error before sending, a warning if files are only checked. */
  unset?: 'error' | 'warning';
  /** The text of `-`. */
  stdin?: () => Promise<Buffer>;
  /** The changes of the context, applied to each connector by name. */
  overlays?: Overlays | undefined;
  /** Variables known to have no value, with the reason; null: not requested here, so not a finding. */
  unavailable?: ReadonlyMap<string, string | null> | undefined;
}

/** The options for reading one text. */
export type TextOptions = Pick<ReadOptions, 'environment' | 'unset' | 'overlays' | 'unavailable'>;
