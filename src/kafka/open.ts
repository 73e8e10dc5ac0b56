import type { Context } from '../config/targets.ts';
import type { KafkaPort } from './groups.ts';
import type { TopicPort } from './topics.ts';

/** How to reach the context's Kafka, if it names one; its client is loaded only when it is opened. */
export function kafkaOpener({ kafka }: Pick<Context, 'kafka'>): (() => Promise<KafkaPort>) | undefined {
  if (kafka === undefined) return undefined;
  return async () => {
    const { createKafka } = await import('./admin.ts');
    return createKafka(kafka);
  };
}

/** As `kafkaOpener`, for topics. */
export function topicOpener({ kafka }: Pick<Context, 'kafka'>): (() => Promise<TopicPort>) | undefined {
  if (kafka === undefined) return undefined;
  return async () => {
    const { openTopics } = await import('./topics.ts');
    return openTopics(kafka);
  };
}
