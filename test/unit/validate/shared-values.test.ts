import { expect, it } from 'vitest';
import { readText } from '../../../src/connectors/files.ts';
import { configSecrets } from '../../../src/schemas/secrets.ts';
import { validateConnectors } from '../../../src/validate/validate.ts';
import { store } from './check.ts';

const KEYS = ['tasks.max', 'database.port', 'database.server.id', 'snapshot.mode', 'table.include.list'];

async function findingsOf(yaml: string): Promise<string> {
  const { connectors, findings } = await readText(yaml, { file: 'a.yaml', origin: 'named' }, {
    environment: {},
    unset: 'error',
  } as never);
  const found = await validateConnectors(connectors, store, { advice: true });
  expect(found.filter(({ rule }) => rule === 'invalid-value').length).toBeGreaterThan(2);
  const judged = connectors.map((connector) => {
    const { desired, values } = configSecrets(connector, store);
    expect(values()).toContain('geheim-1');
    return Object.entries(connector.config).map(([key, value]) => desired(key, value));
  });
  return JSON.stringify([findings, found, judged]);
}

it.each([
  ['the secret has the anchor', 'database.password: &pw geheim-1', KEYS.map((key) => `${key}: *pw`)],
  [
    'the secret has an alias',
    'tasks.max: &pw geheim-1',
    ['database.password: *pw', ...KEYS.slice(1).map((key) => `${key}: *pw`)],
  ],
])('shows no secret under another key where %s', async (_where, first, more) => {
  const lines = ['connector.class: io.debezium.connector.mysql.MySqlConnector', first, ...more];
  const text = `name: a\nstate: STATE\nconfig:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
  expect(await findingsOf(text.replace('state: STATE\n', ''))).not.toContain('geheim-1');
  // An anchor stands before its aliases.
  const before = `x-common: { any: &q geheim-1 }\n${text.replaceAll('&pw geheim-1', '*q').replaceAll('*pw', '*q')}`;
  expect(await findingsOf(before.replace('STATE', '*q'))).not.toContain('geheim-1');
});

it('does not name an alias without an anchor, which may be a password', async () => {
  const { findings } = await readText(
    'name: a\nconfig:\n  connector.class: x\n  database.password: *geheim-1\n',
    { file: 'a.yaml', origin: 'named' },
    { environment: {}, unset: 'error' } as never,
  );
  expect(findings).toMatchObject([{ rule: 'syntax' }]);
  expect(JSON.stringify(findings)).not.toContain('geheim-1');
});

it('shows the value of a variable as the variable', async () => {
  const keys = ['table.include.list', 'message.key.columns', 'signal.enabled.channels', 'tasks.max', 'transforms'];
  const lines = ['connector.class: io.debezium.connector.mysql.MySqlConnector', ...keys.map((key) => `${key}: \${PW}`)];
  const text = `name: a\nconfig:\n${lines.map((line) => `  ${line}`).join('\n')}\n  database.include.list: \${PW}(\${X:-y}\n`;
  const { connectors } = await readText(text, { file: 'a.yaml', origin: 'named' }, {
    environment: { PW: 'geheim-1' },
    unset: 'error',
  } as never);
  const found = await validateConnectors(connectors, store, { advice: true });
  const messages = found.map(({ message, hint }) => `${message} ${hint}`).join('\n');
  expect(messages).not.toContain('geheim-1');
  expect(messages).toContain('the transform "${PW}" has no transforms.${PW}.type');
  expect(messages).toContain('Correct "${…}(y".');
});
