import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeSettings } from '../../../src/config/describe.ts';
import { Targets } from '../../../src/config/targets.ts';
import { loadEnvironment } from '../../../src/secrets/environment.ts';
import { MASK } from '../../../src/text/redact.ts';

const home = mkdtempSync(path.join(tmpdir(), 'sluice-variables-'));

beforeAll(() => {
  mkdirSync(path.join(home, 'secrets'));
  writeFileSync(path.join(home, 'secrets', 'password'), 'from a file\n');
  writeFileSync(path.join(home, 'more.env'), 'HOST=from-env-file\nEXTRA=1\n');
  writeFileSync(
    path.join(home, 'sluice.yaml'),
    `version: 1
contexts:
  dev:
    connect: http://\${HOST}:8083
    variables: { HOST: dev-db, PORT: 5432, TLS: false }
  prod:
    connect: { url: "https://connect.\${DOMAIN}:8083", password: "\${CONNECT_PASSWORD:-none}" }
    protected: true
    variables:
      HOST: db.\${ZONE:-eu}.example.com
      DOMAIN: example.com
      DB_PASSWORD: \${file:secrets/password}
      VAULTED: \${vault:secret/shop#password}
      UNKNOWN: \${NOT_SET}
      CIRCLE: \${CIRCLE}
      EMPTY: ''
databases:
  shop: { url: "postgres://reader@\${HOST}:5432/shop", password: "\${DB_PASSWORD}" }
`,
  );
});
afterAll(() => rmSync(home, { recursive: true }));

function targets(options: { context?: string; connectUrl?: string }, environment: Record<string, string> = {}) {
  return new Targets({ folder: home, ...options, environment: { HOME: home, ...environment } });
}

describe('variables of a context', () => {
  it('are below the environment and env files', async () => {
    const own = await targets({ context: 'dev' }).variables();
    expect(own.environment).toMatchObject({ HOST: 'dev-db', PORT: '5432', TLS: 'false' });
    const environment = loadEnvironment([path.join(home, 'more.env')], { HOME: home, PORT: '1' });
    const both = await new Targets({ folder: home, context: 'dev', environment }).variables();
    expect(both.environment).toMatchObject({ HOST: 'from-env-file', PORT: '1', TLS: 'false', EXTRA: '1' });
  });

  it('are those of the selected context, also by its URL', async () => {
    expect((await targets({ context: 'prod' }).variables()).environment['HOST']).toBe('db.eu.example.com');
    const byUrl = targets({ connectUrl: 'https://connect.example.com:8083/' });
    expect((await byUrl.variables()).environment['HOST']).toBe('db.eu.example.com');
    expect(await byUrl.contextName()).toBe('prod');
    expect((await targets({}).variables()).environment).not.toHaveProperty('HOST');
    expect(await targets({}).contextName()).toBeUndefined();
  });

  it('may be references themselves, but not to each other', async () => {
    const { environment, unavailable } = await targets({ context: 'prod' }, { ZONE: 'us' }).variables({
      offline: true,
    });
    expect(environment).toMatchObject({ HOST: 'db.us.example.com', DB_PASSWORD: 'from a file', EMPTY: '' });
    expect(unavailable.get('VAULTED')).toBeNull();
    expect(unavailable.get('UNKNOWN')).toMatch(/contexts\.prod\.variables\.UNKNOWN: the variable NOT_SET is not set/);
    expect(unavailable.get('CIRCLE')).toContain('CIRCLE is not set');
    expect(environment).not.toHaveProperty('UNKNOWN');
  });

  it('without Vault have no value, with the reason', async () => {
    const { unavailable } = await targets({ context: 'prod' }).variables();
    expect(unavailable.get('VAULTED')).toContain('VAULT_ADDR is not set');
  });

  it('are resolved in its own settings and in databases, if only the used ones are read', async () => {
    expect(await targets({ context: 'dev' }).context()).toMatchObject({ urls: ['http://dev-db:8083'] });
    const prod = targets({ context: 'prod' });
    expect(await prod.context()).toMatchObject({ urls: ['https://connect.example.com:8083'], protected: true });
    expect((await prod.database('shop')).url).toBe('postgres://reader:from%20a%20file@db.eu.example.com:5432/shop');
    await expect(targets({}).database('shop')).rejects.toMatchObject({ code: 'REFERENCE_UNRESOLVED' });
  });

  it('are shown as written, secrets masked', async () => {
    const { settings } = await describeSettings(targets({ context: 'prod' }));
    const value = (key: string) => settings.find((setting) => setting.key === key)?.value;
    expect(value('contexts.prod.variables.UNKNOWN')).toBe('${NOT_SET}');
    expect(value('contexts.prod.variables.DB_PASSWORD')).toBe('${file:secrets/password}');
    expect(value('contexts.prod.variables.EMPTY')).not.toBe(MASK);
  });

  it('are masked if they are more than references', async () => {
    const mixed = path.join(home, 'mixed');
    mkdirSync(mixed);
    writeFileSync(
      path.join(mixed, 'sluice.yaml'),
      `version: 1
contexts:
  a:
    connect: http://a
    variables: { PART: 'geheim\${X}', FALLBACK: '\${X:-geheim}', BOTH: '\${X}\${file:y}' }
databases: { shop: 'geheim\${X}' }
`,
    );
    const { settings } = await describeSettings(new Targets({ environment: {}, folder: mixed }));
    const value = (key: string) => settings.find((setting) => setting.key === key)?.value;
    for (const key of ['contexts.a.variables.PART', 'contexts.a.variables.FALLBACK', 'databases.shop'])
      expect(value(key)).toBe(MASK);
    expect(value('contexts.a.variables.BOTH')).toBe('${X}${file:y}');
  });

  it('of an unknown context are an error', async () => {
    await expect(targets({ context: 'pord' }).contextName()).rejects.toMatchObject({ code: 'CONTEXT_UNKNOWN' });
    expect(await targets({ context: 'sandbox' }).contextName()).toBe('sandbox');
  });
});
