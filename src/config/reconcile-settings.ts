/** How one column is compared; docs/reconcile.md#rules. */
export interface RuleSettings {
  /** Largest difference that counts as equal: a number, or for timestamps and times a duration such as `5ms`. */
  tolerance?: number | string;
  /** The same, relative to the larger value: `1e-9`. */
  relative?: number;
  /** Fractional digits of a second. */
  precision?: 's' | 'ms' | 'us';
  /** Fractional digits of a number. */
  scale?: number;
  /** Ignore leading and trailing blanks. */
  trim?: boolean;
  case?: 'sensitive' | 'insensitive';
}

/** Settings for one table, or for all tables of a pair. */
export interface TableRules {
  key?: string[];
  columns?: string[];
  ignore?: string[];
  /** Target name by source name. */
  rename?: Record<string, string>;
  where?: string;
  /** By the source's column name. */
  rules?: Record<string, RuleSettings>;
}

export interface TableSettings extends TableRules {
  /** As on the command line: `orders`, `shop.orders=public.orders_copy`, `'shop.*'`. */
  table: string;
}

/** One entry of `reconcile.pairs` in sluice.yaml. */
export interface PairSettings extends TableRules {
  source?: string;
  target?: string;
  connector?: string;
  context?: string;
  tables?: (string | TableSettings)[];
  mode?: 'rows' | 'checksums' | 'counts' | 'schema';
  strong?: boolean;
  settle?: string;
  fenceTimeout?: string;
  marker?: boolean;
  markerTable?: string;
  floatTolerance?: number;
  limit?: number;
  maskValues?: boolean;
  statementTimeout?: string;
  connectTimeout?: string;
  parallel?: number;
  partRows?: number;
  maxLoad?: number;
  /** Cron expression of `sluice reconcile schedule`. */
  schedule?: string;
  /** IANA name; UTC by default. */
  timezone?: string;
}

export interface ReconcileSettings {
  pairs?: Record<string, PairSettings>;
  history?: {
    /** Number of runs to keep. */
    keep?: number;
  };
}
