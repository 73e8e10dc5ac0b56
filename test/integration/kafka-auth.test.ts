import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaSettings } from '../../src/config/project.ts';
import { workFolder } from '../helpers/connectors.ts';
import { Authority, PASSPHRASE } from '../helpers/identity/certificates.ts';
import { AUDIENCE, CLIENT, type OidcServer, startOidc } from '../helpers/identity/oidc.ts';
import { startBroker } from '../helpers/own-broker.ts';
import { freePort } from '../helpers/ports.ts';
import { sluice } from '../helpers/run.ts';
import { sandbox } from '../helpers/sandbox.ts';

const folder = workFolder('kafka-auth');
const authority = new Authority(folder.path());
const server = authority.issue('broker', { hosts: ['127.0.0.1'] });
const operator = authority.issue('operator');

let oidc: OidcServer;
let ports: { plain: number; scram: number; oauth: number; mutual: number };
let stop: () => Promise<void> = async () => {};

/** A broker with a listener of each kind. Its own, and the first, is open. */
beforeAll(async () => {
  oidc = await startOidc();
  const [scram, oauth, mutual] = [await freePort(), await freePort(), await freePort()];
  const bearer = 'org.apache.kafka.common.security.oauthbearer';
  const { clusterId } = await workerServer();
  const started = await startBroker({
    clusterId,
    admin: (port) => ({ bootstrapServers: `127.0.0.1:${port}` }),
    java: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${oidc.url}/jwks`],
    format: [
      '--add-scram',
      'SCRAM-SHA-512=[name=op,password=op-pw]',
      '--add-scram',
      'SCRAM-SHA-256=[name=op,password=op-pw]',
    ],
    settings: (_port, open) => ({
      listeners: `${open['listeners']},SCRAM://127.0.0.1:${scram},OAUTH://127.0.0.1:${oauth},MUTUAL://127.0.0.1:${mutual}`,
      'advertised.listeners': `${open['advertised.listeners']},SCRAM://127.0.0.1:${scram},OAUTH://127.0.0.1:${oauth},MUTUAL://127.0.0.1:${mutual}`,
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SCRAM:SASL_SSL,OAUTH:SASL_SSL,MUTUAL:SSL',
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': server.pfx,
      'ssl.keystore.password': PASSPHRASE,
      'ssl.key.password': PASSPHRASE,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': authority.ca,
      'listener.name.mutual.ssl.client.auth': 'required',
      'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.scram.scram-sha-256.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'listener.name.scram.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'listener.name.oauth.sasl.enabled.mechanisms': 'OAUTHBEARER',
      'listener.name.oauth.oauthbearer.sasl.jaas.config': `${bearer}.OAuthBearerLoginModule required;`,
      'listener.name.oauth.oauthbearer.sasl.server.callback.handler.class': `${bearer}.OAuthBearerValidatorCallbackHandler`,
      'listener.name.oauth.oauthbearer.sasl.oauthbearer.jwks.endpoint.url': `${oidc.url}/jwks`,
      'listener.name.oauth.oauthbearer.sasl.oauthbearer.expected.audience': AUDIENCE,
    }),
  });
  ({ stop } = started);
  ports = { plain: started.port, scram, oauth, mutual };
});
afterAll(async () => {
  await stop();
  await oidc[Symbol.asyncDispose]();
  folder.remove();
});

async function workerServer(): Promise<{ clusterId: string }> {
  const answer = (await (await fetch(sandbox.connectUrl)).json()) as { kafka_cluster_id: string };
  return { clusterId: answer.kafka_cluster_id };
}

/** Asks for a queue that is not there: whoever is let in is told so. */
async function run(port: number, settings: Omit<KafkaSettings, 'bootstrapServers'>) {
  const project = folder.path('sluice.yaml');
  const kafka = { bootstrapServers: `127.0.0.1:${port}`, ...settings };
  writeFileSync(project, JSON.stringify({ version: 1, contexts: { secured: { connect: sandbox.connectUrl, kafka } } }));
  const args = ['dlq', 'show', '--queue', 'not-there', '--context', 'secured', '--project', project];
  const { code, stdout, stderr } = await sluice(args);
  return { code, all: stdout + stderr };
}

const LET_IN = { code: 13, all: expect.stringContaining('TOPIC_NOT_FOUND') };
const tls = { ca: authority.ca };
const oauthOf = (clientSecret: string) => ({ tokenUrl: oidc.tokenUrl, clientId: CLIENT.id, clientSecret });

describe('SASL_SSL', () => {
  it.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('with %s', async (mechanism) => {
    const sasl = { mechanism, username: 'op', password: 'op-pw' };
    expect(await run(ports.scram, { tls, sasl })).toEqual(LET_IN);
    const wrong = await run(ports.scram, { tls, sasl: { ...sasl, password: 'geheim-123' } });
    expect(wrong.code).toBe(12);
    expect(wrong.all).toContain('Check kafka.sasl of the context');
    expect(wrong.all).not.toContain('geheim');
  });

  it('with OAUTHBEARER, by a token that sluice gets itself', async () => {
    expect(await run(ports.oauth, { tls, sasl: { mechanism: 'OAUTHBEARER', oauth: oauthOf(CLIENT.secret) } })).toEqual(
      LET_IN,
    );
  });

  it('with OAUTHBEARER, by a token from a file; not by one of another server', async () => {
    const token = async (from: OidcServer) => {
      const body = new URLSearchParams({ grant_type: 'client_credentials' });
      const authorization = `Basic ${btoa(`${encodeURIComponent(CLIENT.id)}:${encodeURIComponent(CLIENT.secret)}`)}`;
      const answer = await fetch(from.tokenUrl, { method: 'POST', body, headers: { authorization } });
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    folder.write('token', await token(oidc));
    const sasl = { mechanism: 'OAUTHBEARER', tokenFile: 'token' } as const;
    expect(await run(ports.oauth, { tls, sasl })).toEqual(LET_IN);
    await using other = await startOidc();
    folder.write('token', await token(other));
    const refused = await run(ports.oauth, { tls, sasl });
    expect(refused.code).toBe(12);
    expect(refused.all).toContain('does not accept the credentials');
    expect(refused.all).not.toContain(readFileSync(folder.path('token'), 'utf8').slice(0, 40));
  });

  it('says why there is no token', async () => {
    const refused = await run(ports.oauth, { tls, sasl: { mechanism: 'OAUTHBEARER', oauth: oauthOf('geheim-123') } });
    expect(refused.code).toBe(12);
    expect(refused.all).toContain('refuses to give a token (401, invalid_client');
    expect(refused.all).not.toContain('geheim');
    const none = await run(ports.oauth, { tls, sasl: { mechanism: 'OAUTHBEARER' } });
    expect(none.code).toBe(2);
  });

  it('refuses a broker of another authority', async () => {
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'op', password: 'op-pw' } as const;
    const { code, all } = await run(ports.scram, { tls: { ca: new Authority(folder.path(), 'stranger').ca }, sasl });
    expect(code).toBe(12);
    expect(all).toContain('no trusted TLS connection to Kafka');
  });
});

describe('SSL with certificates of clients', () => {
  it.each([
    ['PEM files', { cert: operator.cert, key: operator.key }],
    ['a PKCS#12 file', { pfx: operator.pfx, passphrase: PASSPHRASE }],
  ])('shows its own: %s', async (_what, own) => {
    expect(await run(ports.mutual, { tls: { ...tls, ...own } })).toEqual(LET_IN);
  });

  it('says what is missing without one', async () => {
    const { code, all } = await run(ports.mutual, { tls });
    expect(code).toBe(12);
    expect(all).toContain('kafka.tls of the context (cert and key, or pfx)');
  });
});
