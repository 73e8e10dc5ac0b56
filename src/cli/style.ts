import { Chalk, type ChalkInstance } from 'chalk';

/** Colours and width of one stream; stdout and stderr differ if one is a pipe. */
export interface Style {
  color: ChalkInstance;
  /** Columns to fit tables into. */
  width: number;
  /** A person is watching: live progress is possible. */
  interactive: boolean;
}

export interface StyledStream {
  isTTY?: boolean;
  columns?: number;
  hasColors?(count: number): boolean;
}

export const DEFAULT_WIDTH = 80;

/**
 * Colours for one stream. chalk itself neither reads NO_COLOR nor tells stdout from stderr, hence an instance each.
 * @see https://no-color.org
 */
export function styleOf(
  stream: StyledStream,
  environment: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): Style {
  const terminal = stream.isTTY === true && environment.TERM !== 'dumb';
  const plain = noColor || Boolean(environment.NO_COLOR) || !terminal;
  const forced =
    !noColor && !environment.NO_COLOR && Boolean(environment.FORCE_COLOR) && environment.FORCE_COLOR !== '0';
  const level = forced ? 1 : plain ? 0 : stream.hasColors?.(256) ? 2 : 1;
  // A terminal without a width (a pseudo-terminal without a size) cannot show live output.
  const interactive = terminal && !environment.CI && stream.columns !== 0;
  return { color: new Chalk({ level }), width: stream.columns || DEFAULT_WIDTH, interactive };
}

export const plainStyle: Style = { color: new Chalk({ level: 0 }), width: DEFAULT_WIDTH, interactive: false };
