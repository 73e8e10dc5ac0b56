import { Chalk, type ChalkInstance } from 'chalk';

/** How one stream is written to: each has its own colours and width, since either may be a pipe. */
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

const DEFAULT_WIDTH = 80;

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
  // A terminal of no width (a pseudo-terminal that nobody sized) cannot be drawn upon.
  const interactive = terminal && !environment.CI && stream.columns !== 0;
  return { color: new Chalk({ level }), width: stream.columns || DEFAULT_WIDTH, interactive };
}

export const plainStyle: Style = { color: new Chalk({ level: 0 }), width: DEFAULT_WIDTH, interactive: false };
