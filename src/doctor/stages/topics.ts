import { isoSeconds } from '../../text/iso-seconds.ts';
import { firstNames } from '../../text/lists.ts';
import { thousands } from '../../text/thousands.ts';
import { type StageVerdict, verdict } from '../model.ts';

export interface TopicFacts {
  topic: string;
  /** Sum over all partitions: offsets after the last record, at both samples. */
  ends: readonly [first: number, last: number];
  /** Offsets after which the first retained record is. */
  start: number;
  /** ISO 8601, UTC: timestamp of the last record; null if not read, or without a record. */
  lastRecord: string | null;
}

export interface TopicsFacts {
  /** Topics that settings name, and that do not exist. */
  missing: readonly string[];
  found: readonly TopicFacts[];
  /** Regular expressions of sinks that match no topic. */
  unmatched: readonly string[];
  /** Those topics and expressions of both that a source is to write for the first time. */
  awaited: readonly string[];
  seconds: number;
}

const SHOWN = 8;

/** Whether records arrive in the topics. Pure. */
export function topicsVerdict({ missing, found, unmatched, awaited, seconds }: TopicsFacts): StageVerdict {
  // An empty table has no topic, and a table that is misspelt has none, either.
  const hasAll = [...missing, ...unmatched].every((one) => awaited.includes(one));
  const named = (topics: readonly string[]) => firstNames([...topics], SHOWN);
  if (found.length === 0) {
    const message =
      missing.length > 0
        ? `${missing.length === 1 ? 'the topic' : 'the topics'} ${named(missing)} ${missing.length === 1 ? 'does' : 'do'} not exist`
        : unmatched.length > 0
          ? `no topic matches ${named(unmatched)}`
          : 'the source has not written to any topic';
    if (missing.length + unmatched.length === 0) return verdict('idle', message, { hint: NO_TOPIC });
    return verdict(hasAll ? 'unknown' : 'stuck', `${message}${hasAll ? ' yet' : ''}`, { hint: NO_TOPIC });
  }
  const details = found.slice(0, SHOWN).map(topicText);
  if (missing.length > 0 && hasAll) details.push(`not written yet: ${named(missing)}`);
  if (found.length > SHOWN) details.push(`and ${found.length - SHOWN} more topics`);
  const since = latest(found);
  if (missing.length > 0 && !hasAll)
    return verdict('warning', `${missing.length === 1 ? 'a topic does' : 'topics do'} not exist: ${named(missing)}`, {
      details,
      hint: NO_TOPIC,
    });
  const arrived = found.reduce((sum, { ends: [first, last] }) => sum + Math.max(0, last - first), 0);
  const records = (count: number) => `${thousands(count)} ${count === 1 ? 'record' : 'records'}`;
  if (arrived > 0) return verdict('ok', `${records(arrived)} arrived in ${seconds} s`, { details });
  return verdict('idle', `no record arrived in ${seconds} s`, { details, since });
}

const NO_TOPIC =
  'A source creates a topic with its first record: check the spelling, the prefix of the source, and that its table has rows. If the brokers do not create topics, create it.';

function topicText({ topic, ends: [first, last], start, lastRecord }: TopicFacts): string {
  const held = last - start;
  const more = last > first ? `, ${thousands(last - first)} new` : '';
  return `${topic}: ${thousands(held)} ${held === 1 ? 'offset' : 'offsets'}${more}${lastRecord === null ? '' : `, the last of ${isoSeconds(lastRecord)}`}`;
}

function latest(found: readonly TopicFacts[]): string | null {
  return (
    found
      .flatMap(({ lastRecord }) => lastRecord ?? [])
      .sort()
      .at(-1) ?? null
  );
}
