import { describe, expect, it } from 'vitest';
import { assertSameKafka } from '../../../src/cli/same-kafka.ts';
import { SluiceError } from '../../../src/errors/error.ts';

const away = () => Promise.reject(new SluiceError('KAFKA_UNREACHABLE', 'no answer'));
const of = (id: string) => async () => id;
const check = (worker: () => Promise<string>, kafka: () => Promise<string>) =>
  assertSameKafka('prod', { worker, kafka }, new AbortController().signal);

describe('assertSameKafka', () => {
  it('refuses a Kafka that is not that of the workers', async () => {
    await expect(check(of('ours'), of('theirs'))).rejects.toMatchObject({
      code: 'PROJECT_INVALID',
      message:
        'kafka.bootstrapServers of the context "prod" leads to the Kafka cluster theirs, but its worker belongs to ours',
    });
  });

  it.each([
    ['the same', of('ours'), of('ours')],
    ['a worker that is away', away, of('theirs')],
    ['a worker that does not say', of(''), of('theirs')],
    ['a Kafka that is away', of('ours'), away],
  ])('accepts %s', async (_, worker, kafka) => {
    await expect(check(worker, kafka)).resolves.toBeUndefined();
  });

  it('passes on what is a fault of its own', async () => {
    await expect(check(() => Promise.reject(new TypeError('x')), of('ours'))).rejects.toThrow(TypeError);
  });
});
