import { describe, expect, it } from 'vitest';
import { isSecretName, wordsOf } from '../../../src/text/secret-names.ts';

describe('isSecretName', () => {
  it.each([
    'database.password',
    'connection.password',
    'ssl.keystore.password',
    'value.converter.basic.auth.user.info',
    'schema.history.internal.consumer.sasl.jaas.config',
    'mongodb.connection.string',
    'client.secret',
    'aws.secret.access.key',
    'api.key',
    'oauth.token',
    'credentials',
    'private.key',
    'aws.secretAccessKey',
    'accessKey',
    'APIKey',
    'x-api-key',
    'basic.auth.user.info',
    'azure.sas.token',
    'connection.pwd',
    'auth.pass',
    'vault.passcode',
    'vault.secret.id',
    'ssl.key.pem',
    'ssl.keystore.key',
    'dbpassword2',
    'clientsecret',
    'database.pasword',
    'database.passwrod',
    'client.secert',
    'http.headers.authorization',
    'consumer.override.sasl.jaas.config',
  ])('takes %s for a secret', (key) => expect(isSecretName(key)).toBe(true));

  it.each([
    'database.hostname',
    'database.user',
    'tombstones.on.delete',
    'key.converter',
    'message.key.columns',
    'primary.key.mode',
    'connection.url',
    'aws.access.key.id',
    'sasl.oauthbearer.token.endpoint.url',
    'basic.auth.credentials.source',
    'password.file',
    'k8s.secret.name',
    'key.serializer',
    'partition.keys',
    'tokenizer',
    'message.keys',
    'pass.through',
    'compass',
  ])('takes %s for no secret', (key) => expect(isSecretName(key)).toBe(false));
});

it('splits names as people write them', () => {
  expect(wordsOf('aws.secretAccessKey_2')).toEqual(['aws', 'secret', 'access', 'key']);
  expect(wordsOf('SSLKeystorePassword')).toEqual(['ssl', 'keystore', 'password']);
});
