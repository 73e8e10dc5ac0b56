import type { AlertKind, Severity } from '../store/alerts.ts';
import type { ConnectSettings } from './connect-settings.ts';

/** `serve` in sluice.yaml: what the daemon does. */
export interface ServeSettings {
  /** `host:port`. */
  listen?: string;
  /** Names that the HTTP server may be asked by, besides loopback addresses. */
  hosts?: string[];
  /** Contexts to watch. */
  contexts?: string[];
  /** Time between two polls: a duration. */
  every?: string;
  alerts?: boolean;
  /** Compare the cluster with the project's files, and how often; false, and off, by default. */
  drift?: boolean | { every?: string };
  /** Compare the pairs of `reconcile` on their schedules. */
  reconcile?: boolean;
  /** Restarts what has failed; false, and off, by default. */
  heal?: boolean | HealFileSettings;
  /** Whether databases of sources are asked where the sources are, and how often. */
  databases?: boolean | { every?: string };
}

/** `serve.heal` in sluice.yaml. */
export interface HealFileSettings extends HealRuleSettings {
  /** Other settings for some connectors. */
  connectors?: (HealRuleSettings & { match: string })[];
}

/** Durations are texts. */
export interface HealRuleSettings {
  enabled?: boolean;
  base?: string;
  longest?: string;
  jitter?: number;
  restarts?: number;
  tries?: number;
  perDay?: number;
  confirm?: string;
  stable?: string;
}

/** `alerts` in sluice.yaml. */
export interface AlertSettings {
  /** False: none of the rules that come with sluice. */
  defaults?: boolean;
  rules?: AlertRuleSettings[];
  /** By name. */
  receivers?: Record<string, ReceiverSettings>;
}

export interface AlertRuleSettings {
  name?: string;
  kind: AlertKind;
  /** A name or a glob: of connectors, pairs or contexts, as the kind has it. */
  match?: string;
  /** A duration, a size or a number, as the kind has it; `under` for kinds that fire below their limit. */
  over?: string | number;
  under?: string | number;
  /** A duration. */
  for?: string;
  severity?: Severity;
  enabled?: boolean;
  notify?: string | string[];
}

/** Where alerts are sent to: exactly one key. */
export type ReceiverSettings =
  | { webhook: string | ConnectSettings }
  | { slack: string }
  | { pagerduty: string | { routingKey: string; url?: string } }
  | { alertmanager: string | ConnectSettings }
  | { email: EmailSettings };

export interface EmailSettings {
  /** `smtp://user@host:587` or `smtps://host`. */
  server: string;
  password?: string;
  from: string;
  to: string | string[];
}
