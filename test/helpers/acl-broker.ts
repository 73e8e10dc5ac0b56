import type { KafkaSettings } from '../../src/config/project.ts';
import { createAdmin } from '../../src/kafka/admin.ts';
import { closeKafka } from '../../src/kafka/ask.ts';
import { startBroker } from './own-broker.ts';

type PlainLogin = KafkaSettings & { sasl: { mechanism: 'PLAIN'; username: string; password: string } };

/** A broker that wants credentials, and allows nothing that no ACL allows. */
export interface AclBroker {
  /** Of a user who may do everything. */
  admin: PlainLogin;
  /** Of a user who may do nothing yet. */
  user: PlainLogin;
  allow(access: { operation: string; resource: string; name: string }): Promise<void>;
  stop(): Promise<void>;
}

/** Kafka's numbers, from its protocol. */
const RESOURCES: Record<string, number> = { topic: 2, group: 3, cluster: 4, 'transactional-id': 5 };
const OPERATIONS: Record<string, number> = {
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Describe: 8,
  DescribeConfigs: 10,
};
const LITERAL = 3;
const ALLOW = 3;

/**
 * With the Kafka that the sandbox has downloaded. The caller must stop it.
 * @param clusterId of the worker that is to be asked together with it
 */
export async function startAclBroker(clusterId: string): Promise<AclBroker> {
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const settingsOf = (port: number, username: string): PlainLogin => ({
    bootstrapServers: `127.0.0.1:${port}`,
    sasl: { mechanism: 'PLAIN', username, password: `${username}-pw` },
  });
  const { port, stop } = await startBroker({
    clusterId,
    admin: (at) => settingsOf(at, 'admin'),
    settings: (_port, open) => ({
      listeners: String(open['listeners']).replace('PLAINTEXT:', 'SASL_PLAINTEXT:'),
      'advertised.listeners': String(open['advertised.listeners']).replace('PLAINTEXT:', 'SASL_PLAINTEXT:'),
      'listener.security.protocol.map': 'SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'SASL_PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${login} username="admin" password="admin-pw" user_admin="admin-pw" user_op="op-pw";`,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // The controller's own listener has no users.
      'super.users': 'User:admin;User:ANONYMOUS',
      'auto.create.topics.enable': false,
    }),
  });
  const settings = (username: string) => settingsOf(port, username);
  const asAdmin = async <T>(call: (admin: Awaited<ReturnType<typeof createAdmin>>) => Promise<T>): Promise<T> => {
    const admin = await createAdmin(settings('admin'));
    try {
      return await call(admin);
    } finally {
      await closeKafka(admin);
    }
  };
  return {
    admin: settings('admin'),
    user: settings('op'),
    allow: ({ operation, resource, name }) =>
      asAdmin(async (admin) => {
        await admin.createAcls({
          creations: [
            {
              resourceType: RESOURCES[resource] as never,
              resourceName: name,
              resourcePatternType: LITERAL,
              principal: 'User:op',
              host: '*',
              operation: OPERATIONS[operation] as never,
              permissionType: ALLOW,
            },
          ],
        });
      }),
    stop,
  };
}
