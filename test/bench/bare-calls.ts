// node bare-calls.js FILE SERVERS: makes the calls that another run made, one by one, over Node's HTTP and with the same Kafka
// client, and does nothing with the answers. Requests that write are sent as reads. A file without calls shows what such a script takes by itself.
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { enableCompileCache } from 'node:module';

export interface Calls {
  /** URLs. */
  rest: string[];
  opensKafka: boolean;
  /** Methods of the client, and what they were given. */
  kafka: { operation: string; options: unknown }[];
}

/** Loads the client, which is most of its time, only if it is used. */
async function askKafka(servers: string, kafka: Calls['kafka']): Promise<void> {
  const { Admin } = await import('@platformatic/kafka');
  const admin = new Admin({ clientId: 'bare', bootstrapBrokers: [servers] });
  await admin.metadata({ topics: [] });
  for (const { operation, options } of kafka) {
    const method = admin[operation as keyof typeof admin] as (options: unknown) => Promise<unknown>;
    await method.call(admin, options);
  }
  await admin.close();
}

const agent = new Agent({ keepAlive: true });
const read = (url: string) =>
  new Promise<void>((resolve, reject) => {
    get(url, { agent }, (answer) => answer.resume().on('end', resolve)).on('error', reject);
  });

const [file = '', servers = ''] = process.argv.slice(2);
enableCompileCache(`${file}.cache`);
const { rest, opensKafka, kafka } = JSON.parse(readFileSync(file, 'utf8'), (_key, value) =>
  typeof value?.bigint === 'string' ? BigInt(value.bigint) : value,
) as Calls;
for (const url of rest) await read(url);
if (opensKafka) await askKafka(servers, kafka);
agent.destroy();
