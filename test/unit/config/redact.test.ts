import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, MASK, redactConfig, redactEntry, redactText } from '../../../src/config/redact.ts';

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
  ])('takes %s for a secret', (key) => expect(isSecretName(key)).toBe(true));

  it.each([
    'database.hostname',
    'database.user',
    'tombstones.on.delete',
    'key.converter',
    'message.key.columns',
    'primary.key.mode',
    'connection.url',
  ])('takes %s for no secret', (key) => expect(isSecretName(key)).toBe(false));
});

describe('redactEntry', () => {
  it.each([
    ['database.password', 'geheim', MASK],
    ['database.password', '${DB_PASSWORD}', '${DB_PASSWORD}'],
    ['database.password', '${vault:secret/db#password}', '${vault:secret/db#password}'],
    ['database.password', '', ''],
    [
      'connection.url',
      'jdbc:postgresql://h/db?user=a&password=geheim&ssl=true',
      `jdbc:postgresql://h/db?user=a&password=${MASK}&ssl=true`,
    ],
    [
      'connection.url',
      'jdbc:sqlserver://h:1433;databaseName=x;password=geheim;encrypt=true',
      `jdbc:sqlserver://h:1433;databaseName=x;password=${MASK};encrypt=true`,
    ],
    [
      'mongodb.connection.string',
      'mongodb://u:geheim@h1,h2/?replicaSet=rs',
      `mongodb://u:${MASK}@h1,h2/?replicaSet=rs`,
    ],
    ['mongodb.connection.string', 'geheim', MASK],
    ['url', 'postgres://u:a@b@host/db', `postgres://u:${MASK}@host/db`],
    ['topic.prefix', 'shop', 'shop'],
  ])('%s = %s', (key, value, shown) => expect(redactEntry(key, value)).toBe(shown));

  it('masks what the plugin types PASSWORD, whatever its name', () => {
    expect(redactEntry('pin', '1234', new Set(['pin']))).toBe(MASK);
  });
});

describe('redactText', () => {
  it('masks a config that an error body echoes', () => {
    const body = 'Could not parse {"connector.class": "x", "database.password": "geheim", "database.user": "u"}';
    expect(redactText(body)).not.toContain('geheim');
    expect(redactText(body)).toContain('"database.user": "u"');
  });

  it('masks a config that Java prints as a map', () => {
    expect(redactText('{database.password=geheim, name=x}')).toBe(`{database.password=${MASK}, name=x}`);
  });

  it.each([
    'sluice.yaml: databases.shop.password: the variable X is not set',
    'connection.password: must be set',
    "password: '' is empty",
  ])('leaves prose alone: %s', (text) => expect(redactText(text)).toBe(text.replace("''", `'${MASK}'`)));

  it('leaves a reference readable', () => {
    expect(redactText('database.password=${DB_PASSWORD}')).toBe('database.password=${DB_PASSWORD}');
  });

  it('masks JAAS options', () => {
    expect(redactText('…PlainLoginModule required username="u" password="ge\\"heim";')).not.toContain('heim');
  });
});

const secret = fc
  .stringMatching(/^[A-Za-z0-9!#%*+_-]{6,20}$/)
  .filter((text) => !MASK.includes(text) && !text.includes('password'));

describe('the law of redaction', () => {
  it('no secret of a config survives, and every other key stays readable', () => {
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('database.password', 'x.secret', 'sasl.jaas.config', 'a.token'),
        (value, key) => {
          const shown = redactConfig({ [key]: value, 'connector.class': 'C' });
          expect(shown[key]).toBe(MASK);
          expect(shown['connector.class']).toBe('C');
        },
      ),
    );
  });

  it('no password in a URL survives, and its host does', () => {
    fc.assert(
      fc.property(secret, (value) => {
        const shown = redactText(`cannot reach postgres://sluice:${encodeURIComponent(value)}@db.example:5432/shop`);
        expect(shown).toBe(`cannot reach postgres://sluice:${MASK}@db.example:5432/shop`);
      }),
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(redactText(redactText(text))).toBe(redactText(text));
      }),
    );
  });
});
