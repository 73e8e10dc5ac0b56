import { SluiceError } from '../errors/error.ts';

/** Why something was not read. */
export const NO_KAFKA = 'the context has no kafka.bootstrapServers';

/** @param need what is read from Kafka, or written to it, as a clause: `lag is read from Kafka` */
export function kafkaMissing(context: string, need: string): SluiceError {
  return new SluiceError('PROJECT_INVALID', `${need}, but the context "${context}" has no kafka.bootstrapServers`, {
    hint: context.includes('://')
      ? 'A URL of a worker does not say where Kafka is: use a context of sluice.yaml with kafka.bootstrapServers.'
      : `Set contexts.${context}.kafka.bootstrapServers in sluice.yaml.`,
  });
}
