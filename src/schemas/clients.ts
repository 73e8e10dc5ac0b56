/** Kafka's clients whose settings a connector may override: `producer.override.*` and so on. */
export const CLIENT_CLASSES = {
  producer: 'org.apache.kafka.clients.producer.ProducerConfig',
  consumer: 'org.apache.kafka.clients.consumer.ConsumerConfig',
  admin: 'org.apache.kafka.clients.admin.AdminClientConfig',
} as const;
