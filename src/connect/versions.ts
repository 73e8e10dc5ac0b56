import { SluiceError } from '../errors/error.ts';

/** What the REST API learnt after Kafka 2.3, and with which release (by KIP). */
export const FEATURES = {
  'expanded listings': [2, 3],
  'restart of tasks together': [3, 0],
  'plugin definitions': [3, 2],
  'stopping connectors': [3, 5],
  'reading offsets': [3, 5],
  'altering offsets': [3, 6],
  'an initial state': [3, 7],
  'loggers of the whole cluster': [3, 7],
  'changing single keys': [3, 8],
  'the health endpoint': [3, 9],
} as const satisfies Record<string, readonly [major: number, minor: number]>;

export type Feature = keyof typeof FEATURES;

/**
 * Major and minor release of Apache Kafka behind a worker's version text; undefined where it cannot be told.
 * Confluent's workers report their platform's version (`7.6.0-ccs`), which runs four majors ahead.
 * @see https://docs.confluent.io/platform/current/installation/versions-interoperability.html
 */
export function kafkaRelease(version: string): [major: number, minor: number] | undefined {
  const match = /^(\d+)\.(\d+)/.exec(version);
  if (!match) return undefined;
  const major = Number(match[1]);
  const minor = Number(match[2]);
  if (!/-(ccs|ce)\b/.test(version)) return [major, minor];
  if (major === 5) return [2, minor];
  // Platform 6.0 to 6.2 are Kafka 2.6 to 2.8.
  if (major === 6) return [2, minor + 6];
  return [major - 4, minor];
}

export function supports(version: string, feature: Feature): boolean {
  const release = kafkaRelease(version);
  // A version that cannot be read is no reason to refuse: the worker itself will answer.
  if (release === undefined) return true;
  const [major, minor] = FEATURES[feature];
  return release[0] > major || (release[0] === major && release[1] >= minor);
}

/** @throws CONNECT_UNSUPPORTED, naming the release that is needed. */
export function assertSupports(version: string, feature: Feature): void {
  if (supports(version, feature)) return;
  throw unsupported(version, feature);
}

export function unsupported(version: string, feature: Feature): SluiceError {
  const needed = FEATURES[feature].join('.');
  return new SluiceError(
    'CONNECT_UNSUPPORTED',
    `the worker runs Kafka Connect ${version}; ${feature} needs ${needed}`,
    {
      hint: `Upgrade the worker to Kafka ${needed} or newer.`,
      details: { version, needed, feature },
    },
  );
}
