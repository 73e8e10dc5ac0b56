import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, isSecretNameIn } from '../../../src/text/secret-names.ts';
import { unitsOf } from '../../../src/text/units.ts';

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

describe('the words of a name', () => {
  it.each([
    ['aws.secretAccessKey_2', true],
    ['SSLKeystorePassword', true],
    ['SSLKey', false],
    ['sshKEYS', true],
    ['apiKEY', true],
    ['apikeyring', false],
    ['pass2word', true],
    ['2pass', false],
    ['pass2', true],
    ['pass.2.34', true],
    ['cipherDataKeys', true],
    ['cipher.keys', false],
    ['data.keys', false],
    ['access.keyId', false],
    ['secret.id', true],
    ['secret.key.id', false],
    ['password.of.file', false],
    ['file.password', true],
    // Above ASCII, with and without a case, and in two code units.
    ['пароль.pass', true],
    ['éPass', true],
    ['éApiKey', true],
    ['épass', false],
    ['密pass', false],
    ['密码.pass', true],
    ['\u{10428}pass', false],
    ['\u{10428}Pass', true],
    ['\u{10400}password', true],
    ['pass\u0301', true],
    // In lower case, the first is an ASCII k, and the second an i and a dot.
    ['TO\u212aEN', true],
    ['api.\u212aey', true],
    ['pass\u0130d', true],
    ['s\u0130g', false],
    ['user.\u0130nfo', false],
  ])('%s: %s', (name, expected) => expect(isSecretName(name)).toBe(expected));

  it('are judged by the last 200 characters', () => {
    expect(isSecretName(`${'x.'.repeat(500)}password`)).toBe(true);
    expect(isSecretName(`password.${'x'.repeat(200)}`)).toBe(false);
    expect(isSecretName(`password${'.a'.repeat(95)}`)).toBe(true);
  });

  it('are the same within a text', () => {
    const part = fc.constantFrom(
      ...['pass', 'Key', 'api', 'secret', 'Id', 'x', '.', '_', '7', 'É', '\u{10400}', 'file'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), part, part, (parts, before, after) => {
        const name = parts.join('');
        const text = `${before}${name}${after}`;
        expect(isSecretNameIn(unitsOf(text), before.length, before.length + name.length)).toBe(isSecretName(name));
      }),
    );
  });
});
