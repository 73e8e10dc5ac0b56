import { SluiceError } from '../errors/error.ts';
import { shellWord } from '../text/shell.ts';

/** What a request needs, as Kafka's ACLs name it. */
export interface Access {
  operation: 'Read' | 'Write' | 'Create' | 'Delete' | 'Describe' | 'DescribeConfigs' | 'Alter' | 'AlterConfigs';
  kind: Kind;
  names: readonly string[];
}

type Kind = 'topic' | 'group' | 'transactional id' | 'cluster';

/** Who asked whom, for which access. */
export interface Asked {
  servers: readonly string[];
  /** Of `kafka.sasl`. With a certificate only the brokers know the user. */
  user?: string | undefined;
  access?: readonly Access[] | undefined;
}

export function toTopics(operation: Access['operation'], ...names: readonly string[]): Access {
  return { operation, kind: 'topic', names };
}

const KINDS: Readonly<Record<string, Kind>> = {
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  GROUP_AUTHORIZATION_FAILED: 'group',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'transactional id',
  CLUSTER_AUTHORIZATION_FAILED: 'cluster',
};

const ARGUMENTS: Readonly<Record<Exclude<Kind, 'cluster'>, string>> = {
  topic: 'topic',
  group: 'group',
  'transactional id': 'transactional-id',
};

/** More names would make the command too long to read. */
const MOST = 5;

/** @param codes of the brokers' errors @param cause what the library threw; undefined if no permission is missing */
export function missingAccess(codes: readonly string[], asked: Asked, cause: unknown): SluiceError | undefined {
  const kind = codes.map((code) => KINDS[code]).find((one) => one !== undefined);
  if (kind === undefined) return undefined;
  const { servers, user, access = [] } = asked;
  const where = `Kafka at ${servers.join(', ')}`;
  const who = user === undefined ? 'this user' : `the user ${user}`;
  // A topic may be created by those who may create any.
  const lacking = access.find((one) => one.kind === kind) ?? access.find(({ operation }) => operation === 'Create');
  if (lacking === undefined) {
    const message = `${where} does not allow ${who} to ${kind === 'cluster' ? 'do this' : `use a ${kind}`}`;
    const hint = 'Ask who manages the ACLs of the cluster: kafka-acls --list shows them.';
    return new SluiceError('KAFKA_UNAUTHORIZED', message, { hint, cause });
  }
  const { operation, names } = lacking;
  const listed = names.slice(0, MOST);
  const more = names.length > MOST ? ` and ${names.length - MOST} more` : '';
  const of = lacking.kind === 'cluster' ? 'the cluster' : `the ${lacking.kind}${names.length > 1 ? 's' : ''}`;
  const resource =
    lacking.kind === 'cluster'
      ? '--cluster'
      : listed.map((name) => `--${ARGUMENTS[lacking.kind as keyof typeof ARGUMENTS]} ${shellWord(name)}`).join(' ');
  return new SluiceError(
    'KAFKA_UNAUTHORIZED',
    `${where} does not allow ${who} ${operation} on ${[of, listed.join(', ')].join(' ').trim()}${more}`,
    {
      hint: `Allow it: kafka-acls --bootstrap-server ${servers[0]} --add --allow-principal User:${shellWord(user ?? 'NAME')} --operation ${operation} ${resource}`,
      details: { operation, resource: lacking.kind, names: listed },
      cause,
    },
  );
}
