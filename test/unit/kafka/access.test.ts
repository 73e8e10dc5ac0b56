import { describe, expect, it } from 'vitest';
import { type Access, missingAccess, toTopics } from '../../../src/kafka/access.ts';

const servers = ['a:9092', 'b:9092'];
const group: Access = { operation: 'Describe', kind: 'group', names: ['connect-orders sink'] };
const id: Access = { operation: 'Write', kind: 'transactional id', names: ['sluice-dlq-1'] };
const cluster: Access = { operation: 'Describe', kind: 'cluster', names: [] };
const access = [toTopics('Write', 'orders', 'shop'), group, id];

const said = (code: string, asked: { user?: string; access?: readonly Access[] } = { user: 'op', access }) => {
  const error = missingAccess(['undefined', code], { servers, ...asked }, new Error('x'));
  expect(error).toMatchObject({ code: 'KAFKA_UNAUTHORIZED', exitCode: 12 });
  return `${error?.message} | ${error?.hint}`;
};

describe('a permission that is missing', () => {
  const allow = 'Allow it: kafka-acls --bootstrap-server a:9092 --add --allow-principal User:op';
  it.each([
    [
      'TOPIC_AUTHORIZATION_FAILED',
      `Write on the topics orders, shop | ${allow} --operation Write --topic orders --topic shop`,
    ],
    [
      'GROUP_AUTHORIZATION_FAILED',
      `Describe on the group connect-orders sink | ${allow} --operation Describe --group 'connect-orders sink'`,
    ],
    [
      'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
      `Write on the transactional id sluice-dlq-1 | ${allow} --operation Write --transactional-id sluice-dlq-1`,
    ],
  ])('%s is named, with the command that gives it', (code, text) => {
    expect(said(code)).toBe(`Kafka at a:9092, b:9092 does not allow the user op ${text}`);
  });

  it('may be that of the cluster, also for a topic that is to be created', () => {
    const code = 'CLUSTER_AUTHORIZATION_FAILED';
    expect(said(code, { user: 'op', access: [cluster] })).toContain(
      'Describe on the cluster | Allow it: kafka-acls --bootstrap-server a:9092 --add --allow-principal User:op --operation Describe --cluster',
    );
    expect(said(code, { user: 'op', access: [toTopics('Create', 'new')] })).toContain('--operation Create --topic new');
  });

  it('names the user where one is known, and not too many topics', () => {
    const many = toTopics('Read', ...Array.from({ length: 8 }, (_none, n) => `t${n}`));
    const text = said('TOPIC_AUTHORIZATION_FAILED', { access: [many] });
    expect(text).toContain('this user Read on the topics t0, t1, t2, t3, t4 and 3 more');
    expect(text).toContain('User:NAME');
    expect(said('GROUP_AUTHORIZATION_FAILED', {})).toContain('does not allow this user to use a group');
  });

  it('is not meant by other errors', () => {
    expect(missingAccess(['undefined', 'UNKNOWN_TOPIC_OR_PARTITION'], { servers, access }, undefined)).toBeUndefined();
  });
});
