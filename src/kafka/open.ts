import type { KafkaSettings } from '../config/project.ts';
import type { Context } from '../config/targets.ts';
import type { InspectionPort } from '../ports/inspection.ts';
import type { KafkaPort } from '../ports/kafka.ts';
import type { TopicPort } from '../ports/topics.ts';

/** How to reach the context's Kafka, if it names one; its client is loaded only when it is opened. */
export function kafkaOpener(
  { kafka }: Pick<Context, 'kafka'>,
  signal?: AbortSignal,
): (() => Promise<KafkaPort>) | undefined {
  if (kafka === undefined) return undefined;
  return async () => {
    const { createKafka } = await import('./admin.ts');
    return createKafka(kafka, signal);
  };
}

/** Id of a Kafka cluster, as its workers report it, too. */
export async function kafkaClusterId(settings: KafkaSettings, signal: AbortSignal): Promise<string> {
  const { createKafka } = await import('./admin.ts');
  const kafka = await createKafka(settings, signal);
  try {
    return await kafka.clusterId();
  } finally {
    await kafka.close();
  }
}

/** Like `kafkaOpener`, for topics; the signal aborts reads. */
export function topicOpener({
  kafka,
}: Pick<Context, 'kafka'>): ((signal?: AbortSignal) => Promise<TopicPort>) | undefined {
  if (kafka === undefined) return undefined;
  return async (signal) => {
    const { openTopics } = await import('./topics.ts');
    return openTopics(kafka, signal);
  };
}

/** Like `kafkaOpener`, for the groups of workers and the size of topics. */
export function inspectionOpener(
  { kafka }: Pick<Context, 'kafka'>,
  signal?: AbortSignal,
): (() => Promise<InspectionPort>) | undefined {
  if (kafka === undefined) return undefined;
  return async () => {
    const { openInspection } = await import('./inspection.ts');
    return openInspection(kafka, signal);
  };
}
