import { SluiceError } from '../errors/error.ts';

/** REST API features since Kafka 2.3, and the release that added each (by KIP). */
const FEATURES = {
  'expanded listings': [2, 3],
  'listing topics in use': [2, 5],
  'reading log levels': [2, 4],
  'restart of tasks together': [3, 0],
  'reading plugin definitions': [3, 2],
  'stopping connectors': [3, 5],
  'reading offsets': [3, 5],
  'altering offsets': [3, 6],
  'an initial state': [3, 7],
  'setting levels of the whole cluster': [3, 7],
  'changing single keys': [3, 8],
  'the health endpoint': [3, 9],
} as const satisfies Record<string, readonly [major: number, minor: number]>;

export type Feature = keyof typeof FEATURES;

/**
 * Major and minor release of Apache Kafka behind a worker's version text; undefined if it cannot be parsed.
 * Confluent's workers report their platform's version (`7.6.0-ccs`), which runs four majors ahead.
 * @see https://docs.confluent.io/platform/current/installation/versions-interoperability.html
 */
function kafkaRelease(version: string): [major: number, minor: number] | undefined {
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
  // An unknown version is not a reason to refuse: the worker itself will tell.
  if (release === undefined) return true;
  const [major, minor] = FEATURES[feature];
  return release[0] > major || (release[0] === major && release[1] >= minor);
}

/** What a worker of this version lacks, each with the release that has it. */
export function lacking(version: string): { feature: Feature; needed: string }[] {
  return (Object.keys(FEATURES) as Feature[])
    .filter((feature) => !supports(version, feature))
    .map((feature) => ({ feature, needed: FEATURES[feature].join('.') }));
}

/** @throws CONNECT_UNSUPPORTED, naming the required release. */
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
