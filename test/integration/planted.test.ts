import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packagePath } from '../../src/config/package-root.ts';
import { mapBounded } from '../../src/connect/concurrency.ts';
import { hasHidden, visible } from '../../src/text/visible.ts';
import { SECRET_KEYS } from '../helpers/planted-keys.ts';
import { base, planted, UNREACHABLE, writePlantedProject } from '../helpers/planted-project.ts';
import { Plants } from '../helpers/plants.ts';
import { randomOf } from '../helpers/random.ts';
import { type RunResult, sluice } from '../helpers/run.ts';
import { GOOD, HIDDEN, TalkativeWorker } from '../helpers/talkative-worker.ts';

/**
 * Every command, in every form and against every context, is `npm run test:planted`. CI takes a share that a seed chooses:
 * every command, each in one form besides the table, and against some of the contexts.
 */
const WHOLE = process.env.SLUICE_PLANTED === 'all';
const random = randomOf(Number(process.env.SLUICE_PLANTED_SEED ?? 1));

function shareOf<Item>(items: readonly Item[], count: number): Item[] {
  if (WHOLE) return [...items];
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ item }) => item);
}

const plants = new Plants();
const root = mkdtempSync(path.join(tmpdir(), 'sluice-planted-'));
const home = path.join(root, 'home');
const project = path.join(root, 'project');

let worker: TalkativeWorker;
let vault: Server;
let environment: Record<string, string>;

beforeAll(async () => {
  mkdirSync(home, { recursive: true });
  mkdirSync(project, { recursive: true });
  worker = await TalkativeWorker.start();
  writePlantedProject(project, plants, worker.url);
  // Other secrets than the files have.
  worker.live.set('source', { ...base('source'), ...planted(plants, 'live connector') });
  worker.live.set('referenced', {
    ...base('referenced'),
    'database.password': plants.mark('former value of a reference'),
    'connection.url': `jdbc:postgresql://u:${plants.mark('former URL of a reference')}@h/d`,
  });
  worker.live.set('foreign', { ...base('foreign'), ...planted(plants, 'connector in no file', SECRET_KEYS.slice(20)) });
  worker.live.set(`odd${HIDDEN}`, { ...base('odd'), [`key${HIDDEN}`]: `value${HIDDEN}` });
  worker.live.set('accepts', {
    ...base('accepts'),
    ...planted(plants, 'connector that takes writes', SECRET_KEYS.slice(0, 12)),
  });

  vault = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: { data: { password: plants.mark('Vault') } } }));
  });
  await new Promise<void>((resolve) => vault.listen(0, '127.0.0.1', resolve));
  environment = {
    HOME: home,
    XDG_STATE_HOME: path.join(home, 'state'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    SLUICE_STATE_DIR: path.join(home, 'state', 'sluice'),
    SLUICE_CACHE_DIR: path.join(home, 'cache', 'sluice'),
    SLUICE_PLAN_KEY: `${plants.mark('SLUICE_PLAN_KEY')}-and-more`,
    FROM_ENVIRONMENT: plants.mark('environment'),
    FROM_ENVIRONMENT_PLAIN: plants.mark('environment, for a key that is plain'),
    FROM_ENVIRONMENT_NOTE: plants.mark('environment, in a key of no plugin'),
    FROM_ENVIRONMENT_URL: plants.mark('environment, in a URL'),
    VAULT_ADDR: `http://127.0.0.1:${(vault.address() as AddressInfo).port}`,
    VAULT_TOKEN: plants.mark('VAULT_TOKEN'),
    PGPASSWORD: plants.mark('PGPASSWORD'),
    MYSQL_PWD: plants.mark('MYSQL_PWD'),
    NO_PROXY: '127.0.0.1',
    HTTPS_PROXY: `http://u:${plants.mark('HTTPS_PROXY')}@127.0.0.1:1`,
  };
});

afterAll(async () => {
  await worker.stop();
  await new Promise((resolve) => vault.close(resolve));
  rmSync(root, { recursive: true, force: true });
});

interface Run {
  args: string[];
  stdin?: string;
  /** For those that go on until they are stopped (ms). */
  stopAfter?: number;
  env?: Record<string, string>;
  /** Files that may hold secrets, as their documentation says. */
  allowed?: RegExp;
  cwd?: string;
}

/** Every command with what leads it down its paths; further arguments are its own forms. */
function runsOf(): Record<string, Run[]> {
  const env = ['--env-file', 'extra.env'];
  const url = (mark: string) => worker.url.replace('http://', `http://op:${plants.mark(mark)}@`);
  const forms = (args: string[], ...more: string[]): Run[] =>
    ['table', ...shareOf(['json', 'yaml', ...more], 1)].map((form) => ({ args: [...args, '--verbose', '-o', form] }));
  const targets = (command: string): Run[] => shareOf(targetsOf(command), 3);
  const targetsOf = (command: string): Run[] => [
    ...['basic', 'bearer', 'away', 'bad', 'tls', 'nosuch'].map((context) => ({
      args: [...command.split(' '), '--context', context, '--verbose'],
    })),
    { args: [...command.split(' '), '--context', 'basic', '--verbose', '--log-format', 'json'] },
    {
      args: [...command.split(' '), '--connect-url', url(`--connect-url of ${command} with JSON logs`), '--verbose'],
      env: { SLUICE_LOG_FORMAT: 'json' },
    },
    { args: [...command.split(' '), '--connect-url', url(`--connect-url of ${command}`), '--json'] },
    {
      args: [
        ...command.split(' '),
        '--connect-url',
        `http://op:a#${plants.mark(`bad --connect-url of ${command}`)}@127.0.0.1:1`,
        '--json',
      ],
    },
    {
      args: [
        ...command.split(' '),
        '--connect-url',
        `${plants.mark(`--connect-url of ${command} that is none`)}@127.0.0.1:1`,
        '--verbose',
      ],
    },
    { args: command.split(' '), env: { SLUICE_CONNECT_URL: url(`SLUICE_CONNECT_URL of ${command}`) } },
    {
      args: [...command.split(' '), '--connect-url', url(`--connect-url of ${command} with DEBUG`)],
      env: { DEBUG: '*' },
    },
  ];
  /** To an endpoint that does not answer. */
  const traced = (command: string): Run => ({
    args: [...command.split(' '), '--verbose'],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://u:${plants.mark(`endpoint of traces of ${command}`)}@127.0.0.1:1`,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${plants.mark(`headers of traces of ${command}`)}`,
    },
  });
  /** To a file, to a gateway that does not answer, and to what is none. */
  const metrics = (command: string): Run[] => shareOf(metricsOf(command), 2);
  const metricsOf = (command: string): Run[] =>
    [
      `textfile:${command.split(' ')[0]}.prom`,
      `http://op:${plants.mark(`gateway of ${command}`)}@127.0.0.1:1`,
      `http://op:a#${plants.mark(`bad gateway of ${command}`)}@127.0.0.1:1`,
      `op:${plants.mark(`gateway of ${command} that is none`)}@127.0.0.1:1`,
    ].map((to) => ({ args: [...command.split(' '), '--metrics-to', to, '--verbose'] }));

  const databases = (label: string) => [
    `postgres://u:${plants.mark(`URL of ${label}`)}@${UNREACHABLE}/d`,
    `postgres://u:a/${plants.mark(`bad URL of ${label}`)}@${UNREACHABLE}/d`,
    `mysql://u:100%${plants.mark(`bad URL of ${label} with a percent sign`)}@${UNREACHABLE}/d`,
    `jdbc:postgresql://${UNREACHABLE}/d?user=u&password=${plants.mark(`JDBC URL of ${label}`)}`,
    `jdbc:sqlserver://127.0.0.1:1;user=u;password={a;${plants.mark(`SQL Server URL of ${label}`)}}`,
    `jdbc:sqlserver://127.0.0.1:1;user=u;password=a;${plants.mark(`bad SQL Server URL of ${label}`)}`,
    `jdbc:oracle:thin:u/${plants.mark(`Oracle URL of ${label}`)}@//h:1521/x`,
    `u:${plants.mark(`${label} that is no URL`)}@${UNREACHABLE}/d`,
    `oracle://u:${plants.mark(`${label} of an unknown kind`)}@${UNREACHABLE}/d`,
  ];
  const operate = (verb: string, ...more: string[]): Run[] => [
    ...forms([verb, 'source', 'accepts', '--yes', '--timeout', '500ms', ...more]),
    ...forms([verb, 'nosuch', ...more]),
    ...(verb === 'delete'
      ? []
      : [
          { args: [verb, '--all', '--dry-run', '--verbose', ...more] },
          { args: [verb, '--all', '--yes', '--timeout', '300ms', ...more] },
        ]),
    { args: [verb, 'source', '--context', 'guarded', '--confirm', 'other', ...more] },
  ];
  return {
    'config:show': [
      ...forms(['config', 'show']),
      ...targets('config show'),
      ...['unknown', 'type', 'syntax', 'scalar', 'tag', 'alias', 'database', 'unset', 'policy'].flatMap((name) => [
        { args: ['config', 'show', '--project', `projects/${name}.yaml`, '--json', '--verbose'] },
        { args: ['status', '--project', `projects/${name}.yaml`, '--verbose'] },
      ]),
      { args: ['status', '--project', 'projects/reference.yaml', '--verbose'] },
    ],
    'context:list': [...forms(['context', 'list']), ...targets('context list')],
    'context:use': [
      ...forms(['context', 'use', 'nosuch']),
      ...forms(['context', 'use', 'fake']),
      { args: ['context', 'use', `u:${plants.mark('name of context use')}@h`, '--verbose'] },
      ...forms(['context', 'use', '--unset']),
    ],
    list: [...forms(['list'], 'wide', 'name'), { args: ['list', '--lag'] }, ...targets('list')],
    'dlq:list': [...forms(['dlq', 'list']), ...targets('dlq list')],
    'dlq:show': [...forms(['dlq', 'show', 'source']), ...forms(['dlq', 'show', '--queue', 'dead'])],
    'dlq:export': [{ args: ['dlq', 'export', 'source', '--verbose'] }, { args: ['dlq', 'export', '--queue', 'dead'] }],
    'dlq:replay': [
      ...forms(['dlq', 'replay', 'source', '--dry-run']),
      { args: ['dlq', 'replay', '--queue', 'dead', '--to-topic', 't', '--yes', '--verbose'] },
      { args: ['dlq', 'replay', '--from', 'connectors/source.json', '--to-topic', 't', '--yes', '--json'] },
    ],
    'dlq:purge': forms(['dlq', 'purge', 'source', '--before', '1d', '--yes']),
    'dlq:quarantine': [
      ...forms(['dlq', 'quarantine', 'source', '--yes', '--timeout', '500ms']),
      ...forms(['dlq', 'quarantine', 'source', '--queue', 'dead', '--dry-run', '--yes', '--timeout', '500ms']),
    ],
    'dlq:recover': forms(['dlq', 'recover', 'source', '--keep', '--yes', '--timeout', '500ms']),
    'offsets:get': [...forms(['offsets', 'get', 'source', 'accepts']), ...targets('offsets get --all')],
    'offsets:backup': forms(['offsets', 'backup', 'source', '--save', 'offsets-backup.json', '--force']),
    'offsets:diff': ['offsets-backup.json', 'connectors/source.json'].flatMap((file) =>
      forms(['offsets', 'diff', '--all', '--backup', file]),
    ),
    'offsets:restore': ['offsets-backup.json', 'connectors/source.json'].flatMap((file) =>
      forms(['offsets', 'restore', '--all', '--backup', file, '--yes', '--timeout', '500ms']),
    ),
    'offsets:set': [
      ...forms(['offsets', 'set', 'source', '--to-latest', '--yes', '--timeout', '500ms']),
      ...forms([
        ...['offsets', 'set', 'source', '--source-partition', `{"password":"${plants.mark('--source-partition')}"}`],
        ...['--source-offset', `{"token":"${plants.mark('--source-offset')}"}`, '--yes', '--timeout', '500ms'],
      ]),
    ],
    'offsets:reset': forms(['offsets', 'reset', 'source', 'accepts', '--yes', '--timeout', '500ms']),
    'offsets:recover': forms(['offsets', 'recover', '--undo', '--yes', '--timeout', '500ms']),
    status: [
      ...forms(['status'], 'html'),
      ...forms(['status', 'source']),
      ...targets('status'),
      ...metrics('status'),
      { args: ['status', '--watch', '--interval', '200ms', '--json'], stopAfter: 4000 },
      { args: ['status', '--watch', '--interval', '200ms'], stopAfter: 4000 },
    ],
    monitor: [
      ...forms(['monitor', '--once']),
      ...targets('monitor --once'),
      { args: ['monitor', '--fail-on', 'failed,lag>1s', '--verbose'] },
      { args: ['monitor', '--interval', '200ms'], stopAfter: 4000 },
      { args: ['monitor', '--heal', '--interval', '200ms'], stopAfter: 4000 },
    ],
    lag: [
      ...forms(['lag', 'source', 'accepts']),
      ...targets('lag --all'),
      ...shareOf(databases('--source of lag'), 2).map((source) => ({
        args: [
          ...['lag', 'source', '--probe', '--marker-table', 'shop.sluice_marker', '--yes', '--verbose'],
          ...['--source', source, '--target', source],
        ],
      })),
    ],
    plan: [
      ...forms(['plan', ...env], 'markdown'),
      ...forms(['plan', '--allow-unset', '--exit-code'], 'markdown'),
      // Broken files beside good ones, which are planned.
      ...forms(['plan', 'good', 'broken', '--allow-unset'], 'markdown'),
      ...targets(`plan ${env.join(' ')}`),
      ...metrics(`plan ${env.join(' ')}`),
      { args: ['plan', ...env, '--save', 'saved.json', '--json'] },
      { args: ['plan', '--json', '--verbose'] },
      { args: ['plan', 'broken', '--json', '--verbose'] },
      { args: ['plan', 'broken'] },
      {
        args: ['plan', '-', '--json'],
        stdin: JSON.stringify({
          name: 'stdin',
          config: { ...base('stdin'), 'database.password': plants.mark('stdin') },
        }),
      },
    ],
    deploy: [
      ...forms(['deploy', ...env, '--dry-run']),
      ...forms(['deploy', ...env, '--timeout', '1s', '--no-preflight']),
      ...forms(['deploy', ...env, '--timeout', '1s', '--strict']),
      { args: ['deploy', ...env, '--plan', 'saved.json', '--timeout', '1s', '--verbose'] },
      { args: ['deploy', ...env, '--prune', '--yes', '--json', '--timeout', '1s'] },
      ...targets(`deploy ${env.join(' ')} --timeout 1s --dry-run`),
      ...metrics(`deploy ${env.join(' ')} --timeout 1s --dry-run`),
      traced(`deploy ${env.join(' ')} --timeout 1s --dry-run`),
      { args: ['deploy', 'broken', '--json'] },
      { args: ['plan', 'good', '--save', 'good-plan.json'] },
      {
        args: [
          'deploy',
          '--plan',
          'good-plan.json',
          '--timeout',
          '2s',
          '--stable',
          '100ms',
          '--no-preflight',
          '--verbose',
        ],
      },
      ...forms(['deploy', 'good', '--timeout', '2s', '--stable', '100ms', '--no-preflight']),
      ...GOOD.map((name) => ({
        args: [
          'deploy',
          'good',
          '--only',
          name,
          '--timeout',
          '2s',
          '--stable',
          '100ms',
          '--no-preflight',
          '--no-rollback',
          '--verbose',
        ],
      })),
    ],
    watch: [
      { args: ['watch', ...env, '--timeout', '1s', '--json'], stopAfter: 6000 },
      { args: ['watch', ...env, '--timeout', '1s', '--verbose', '--no-preflight'], stopAfter: 6000 },
      { args: ['watch', 'broken'], stopAfter: 4000 },
      { args: ['watch', 'good', '--timeout', '1s', '--no-preflight', '--stable', '100ms', '--json'], stopAfter: 6000 },
    ],
    delete: [...operate('delete'), { args: ['delete', 'source'] }],
    patch: [
      ...operate(
        'patch',
        '--set',
        `x.password=${plants.mark('--set')}`,
        '--set',
        `database.url=jdbc:x://u:${plants.mark('URL in --set')}@h/d`,
      ),
      { args: ['patch', 'source', '--set', plants.mark('--set without a key')] },
    ],
    edit: [
      { args: ['edit', 'source', '--yes', '--timeout', '300ms'], env: { EDITOR: 'cat' } },
      ...forms(['edit', 'nosuch']),
    ],
    pause: operate('pause'),
    resume: operate('resume', '--stable', '100ms'),
    stop: operate('stop'),
    restart: [
      ...operate('restart', '--stable', '100ms'),
      ...forms(['restart', '--all', '--failed', '--yes', '--timeout', '300ms']),
    ],
    scale: [
      ...forms(['scale', 'source', '--tasks', '2', '--timeout', '1s']),
      ...forms(['scale', 'accepts', '--tasks', '1', '--timeout', '3s']),
      { args: ['scale', 'nosuch', '--tasks', '2'] },
    ],
    'loggers:get': [...forms(['loggers', 'get', 'root', '--all']), ...targets('loggers get')],
    'loggers:set': [
      ...forms(['loggers', 'set', 'org.x', 'DEBUG', '--for', '1s']),
      ...targets('loggers set org.x DEBUG --scope cluster'),
    ],
    'maintenance:start': [
      ...forms([
        ...'maintenance start source accepts --for 1h --reason why --yes --timeout 500ms'.split(' '),
        '--pause',
      ]),
      ...forms('maintenance start nosuch --for 1h --reason why --stop'.split(' ')),
      ...targets('maintenance start source --for 1h --reason why'),
      {
        args: [
          ...'maintenance start runs --for 1h --reason'.split(' '),
          `password=${plants.mark('--reason of maintenance start')}`,
        ],
      },
    ],
    'maintenance:list': [...forms(['maintenance', 'list', '--all']), ...targets('maintenance list')],
    'maintenance:end': [
      ...forms('maintenance end nosuch'.split(' ')),
      ...targets('maintenance end --all --yes --timeout 500ms'),
      { args: 'maintenance end --all --yes --timeout 500ms --stable 100ms --verbose'.split(' ') },
    ],
    export: [
      ...['json', 'yaml', 'strimzi'].flatMap((format) => [
        {
          args: [
            'export',
            '--out',
            `exported-${format}`,
            '--format',
            format,
            '--verbose',
            ...(format === 'strimzi' ? ['--cluster', 'c'] : []),
          ],
          allowed: /\/\.env$/,
        },
        {
          args: ['export', '--out', `exported-${format}`, '--format', format, '--json', '--force'],
          allowed: /\/\.env$/,
        },
      ]),
      {
        args: ['export', 'source', '--out', 'exported-one', '--env-out', 'exported-one.env', '-o', 'yaml'],
        allowed: /exported-one\.env$/,
      },
      ...targets('export --out exported-other'),
      { args: ['export', 'nosuch'] },
    ],
    render: [
      { args: ['render', ...env, '--verbose'] },
      { args: ['render', ...env, '-o', 'json', '--context', 'fake'] },
      { args: ['render', 'source', '--to', 'rendered.yaml'] },
      { args: ['render', '--file', 'broken', '--json'] },
      { args: ['render', plants.mark('name of render')].slice(0, 1) },
    ],
    validate: [
      ...forms(['validate', ...env], 'sarif', 'github', 'gitlab', 'junit', 'compact'),
      ...forms(['validate', 'broken'], 'sarif', 'github', 'gitlab', 'junit', 'compact'),
      ...forms(['validate', 'good', 'broken', '--fix-unsafe', '--dry-run']),
      ...forms(['validate', ...env, '--remote'], 'sarif', 'github', 'junit'),
      { args: ['validate', '--strict', '--to', 'findings.txt'] },
      ...metrics('validate broken'),
      ...['json', 'yaml'].map((form) => ({
        args: ['validate', '-', '-o', form],
        stdin: `name: s\nconfig:\n  connector.class: io.debezium.connector.jdbc.JdbcSinkConnector\n  connection.pasword: ${plants.mark(`stdin of validate -o ${form}`)}\n  connection.url: jdbc:postgresql://u:${plants.mark(`URL in stdin of validate -o ${form}`)}@h/d\n`,
      })),
    ],
    preflight: [
      ...forms(['preflight', ...env]),
      { args: ['preflight', ...env, '--strict', '--verbose'] },
      ...targets(`preflight ${env.join(' ')}`),
      ...metrics(`preflight ${env.join(' ')}`),
    ],
    reconcile: [
      ...['plain', 'raw', 'server', 'apart'].flatMap((pair) => forms(['reconcile', '--pair', pair], 'html')),
      ...databases('--source').map((source) => ({
        args: ['reconcile', 'orders', '--source', source, '--target', 'shop', '--connect-timeout', '2s', '--verbose'],
      })),
      ...databases('--target').map((target) => ({
        args: ['reconcile', 'orders', '--source', 'apart', '--target', target, '--connect-timeout', '2s', '--json'],
      })),
      ...forms([
        'reconcile',
        '--connector',
        'source',
        '--source',
        'shop',
        '--target',
        'apart',
        '--connect-timeout',
        '2s',
      ]),
      ...forms(['reconcile', '--connector', 'foreign', '--connect-timeout', '2s']),
      ...metrics('reconcile --pair plain'),
      traced('reconcile --pair plain'),
    ],
    'reconcile:history': forms(['reconcile', 'history'], 'html'),
    'reconcile:merge': [
      { args: ['reconcile', 'merge', 'broken/cut.json', '--verbose'] },
      { args: ['reconcile', 'merge', 'connectors/source.json', 'broken/bare.json', '--json'] },
    ],
    'reconcile:schedule': [
      { args: ['reconcile', 'schedule', '--no-listen', '--verbose'], stopAfter: 6000 },
      { args: ['reconcile', 'schedule', 'plain', '--listen', '127.0.0.1:0'], stopAfter: 6000 },
    ],
    serve: [
      { args: ['serve', '--no-listen', '--verbose'], stopAfter: 8000 },
      { args: ['serve', '--listen', '127.0.0.1:0', '--context', 'basic', '--verbose'], stopAfter: 6000 },
      { args: ['serve', '--no-listen', '--context', 'away'], stopAfter: 6000 },
      ...targets('serve --no-listen').map((run) => ({
        ...run,
        // It prints nothing but JSON.
        args: run.args.filter((arg) => arg !== '--json'),
        stopAfter: 4000,
      })),
    ],
    'dashboards:export': [...forms(['dashboards', 'export', '--out', 'made-dashboards'])],
    'alerts:list': [...forms(['alerts', 'list', '--all', '--rules']), ...targets('alerts list')],
    'alerts:mute': [
      ...forms(['alerts', 'mute', 'lag', '--for', '1h', '--reason', `password=${plants.mark('--reason of a mute')}`]),
      ...forms(['alerts', 'mute', 'nosuch', '--for', '1h', '--reason', 'why']),
      ...targets('alerts mute task-failed source --for 1h --reason why'),
    ],
    'alerts:unmute': [...forms(['alerts', 'unmute', 'lag']), ...targets('alerts unmute task-failed')],
    'alerts:test': [
      ...['hook', 'gone', 'slack', 'pager', 'manager', 'mail'].flatMap((name) => forms(['alerts', 'test', name])),
      { args: ['alerts', 'test', 'task-failed', '--verbose'] },
      ...targets('alerts test nosuch'),
    ],
    help: [{ args: ['help'] }, { args: ['help', 'deploy'] }, { args: ['help', 'nosuch'] }],
    completion: [{ args: ['completion', 'bash'] }, { args: ['completion', 'nosuch'] }],
    'autocomplete:script': [{ args: ['autocomplete', 'script', 'zsh'] }],
    history: [...forms(['history']), { args: ['history', '--context', 'fake'] }, ...forms(['history', '1'])],
    init: [
      { args: ['init', 'made', '--connect', `dev=${url('--connect of init')}`, '--kafka', 'dev=h:9092', '--json'] },
      {
        args: [
          'init',
          'made-bad',
          '--connect',
          `dev=http://op:a#${plants.mark('bad --connect of init')}@h`,
          '--verbose',
        ],
      },
      {
        args: [
          'init',
          'made-template',
          '--connect',
          'dev=http://h',
          '--template',
          'debezium-postgres-source',
          '--set',
          'name=s',
          '--set',
          `password=${plants.mark('--set of init')}`,
        ],
      },
      {
        args: [
          'init',
          'made-url',
          '--connect',
          'dev=http://h',
          '--template',
          'debezium-postgres-source',
          '--set',
          `host=u:${plants.mark('URL in --set of init')}@h`,
          '--json',
        ],
      },
    ],
    'rules:list': forms(['rules', 'list']),
    'rules:show': forms(['rules', 'show', 'secret-in-clear']),
    version: forms(['version']),
    'template:list': forms(['template', 'list']),
    'template:show': forms(['template', 'show', 'debezium-postgres-source']),
    'template:render': ['yaml', 'json'].flatMap((form) => [
      {
        args: [
          'template',
          'render',
          'debezium-postgres-source',
          '--set',
          `password=${plants.mark(`--set password, ${form}`)}`,
          '-o',
          form,
        ],
      },
      {
        args: [
          'template',
          'render',
          'debezium-jdbc-sink-postgres',
          '--set',
          `url=jdbc:postgresql://u:${plants.mark(`--set url, ${form}`)}@h/d`,
          '-o',
          form,
          '--verbose',
        ],
      },
      {
        args: [
          'template',
          'render',
          'debezium-postgres-source',
          '--set',
          `pasword=${plants.mark(`--set of an unknown placeholder, ${form}`)}`,
          '-o',
          form,
          '--verbose',
        ],
      },
    ]),
    describe: [
      ...forms(['describe', '--all']),
      ...forms(['describe', 'source', '--trace', '--show-values']),
      ...forms(['describe', 'nosuch']),
      ...targets('describe source'),
    ],
    topics: [
      ...forms(['topics', 'source']),
      ...forms(['topics', 'accepts', '--reset', '--yes']),
      ...forms(['topics', 'nosuch']),
      ...targets('topics source'),
    ],
    doctor: [
      ...forms(['doctor'], 'html', 'markdown'),
      ...forms(['doctor', 'source'], 'html', 'markdown'),
      ...forms(['doctor', 'nosuch']),
      ...targets('doctor'),
      ...targets('doctor source'),
    ],
    workers: [...forms(['workers']), ...targets('workers')],
    'plugins:list': [...forms(['plugins', 'list']), ...targets('plugins list')],
    'plugins:describe': [
      ...forms(['plugins', 'describe', 'Talkative']),
      ...forms(['plugins', 'describe', 'Refuses']),
      { args: ['plugins', 'describe', 'nosuch', '--verbose'] },
      { args: ['plugins', 'describe', 'Talkative', '--search', 'a', '--required'] },
      ...targets('plugins describe Talkative'),
    ],
    'schemas:list': forms(['schemas', 'list']),
    'schemas:show': forms(['schemas', 'show', 'PostgresConnector']),
    'schemas:editor': forms(['schemas', 'editor']),
    'schemas:pull': [...forms(['schemas', 'pull']), ...targets('schemas pull')],
    'sandbox:status': forms(['sandbox', 'status', '--name', 'planted']),
    'sandbox:logs': [{ args: ['sandbox', 'logs', '--name', 'planted', '--verbose'] }],
    'sandbox:down': forms(['sandbox', 'down', '--name', 'planted']),
    // Where there is no Java; what a sandbox logs, planted-on-parts.test.ts reads.
    'sandbox:up': forms(['sandbox', 'up', '--name', 'planted']).map((run) => ({
      ...run,
      env: { PATH: path.join(root, 'nothing') },
    })),
    demo: forms(['demo']).map((run) => ({ ...run, env: { PATH: path.join(root, 'nothing') } })),
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** What stands around the first character that is hidden. */
function around(text: string): string {
  const at = [...text].findIndex((one) => visible(one) !== one);
  return visible(text.slice(Math.max(0, at - 60), at + 20));
}

describe('planted secrets', () => {
  it('are more than a hundred, in every place', () => expect(plants.size).toBeGreaterThan(300));

  it('are in nothing that any command writes', { timeout: 900_000 }, async () => {
    const before = new Set(filesBelow(project));
    const runs = runsOf();
    const { commands } = JSON.parse(readFileSync(packagePath('oclif.manifest.json'), 'utf8')) as { commands: object };
    // A new command has its runs here.
    expect(Object.keys(runs).sort()).toEqual(Object.keys(commands).sort());
    // For short rounds: `SLUICE_PLANTED_ONLY=plan,deploy`, and a file for what each run ended with.
    const only = process.env.SLUICE_PLANTED_ONLY;
    const leaks: string[] = [];
    const codes: string[] = [];
    const allowed: RegExp[] = [];
    // A key that its plugin describes and calls no secret: an error may name it.
    const told = (what: string, place: string) =>
      what.includes('--remote') && place === 'environment, for a key that is plain';
    const judge = (what: string, text: string) => {
      for (const { place, around: shown } of plants.find(text))
        if (!told(what, place)) leaks.push(`${what} shows ${place}: ${JSON.stringify(shown)}`);
    };
    const judgeVisible = (what: string, text: string) => {
      if (hasHidden(text))
        leaks.push(`${what} has characters that a terminal acts on: ${JSON.stringify(around(text))}`);
    };
    const one = async ({ args, stdin, stopAfter, env, cwd, allowed: may }: Run): Promise<RunResult> => {
      if (may) allowed.push(may);
      const result = await sluice(args, {
        cwd: cwd ?? project,
        env: { ...environment, ...env },
        ...(stdin === undefined ? {} : { stdin }),
        ...(stopAfter === undefined ? {} : { timeout: stopAfter }),
      });
      const words = plants.hide(`sluice ${args.join(' ')}`);
      judge(`${words} (stdout)`, result.stdout);
      judge(`${words} (stderr)`, result.stderr);
      judgeVisible(`${words} (stdout)`, result.stdout);
      judgeVisible(`${words} (stderr)`, result.stderr);
      codes.push(
        `${result.code ?? result.signal} ${words} ${result.stderr.split('\n').find((line) => line.startsWith('Error')) ?? ''}`,
      );
      if (/there (?:is|are) no flags?|unexpected arguments?:|Error: missing [A-Z]/.test(result.stderr))
        leaks.push(`${words} is no run at all: ${result.stderr}`);
      if (/INTERNAL/.test(result.stderr + result.stdout))
        leaks.push(`${words} ends with INTERNAL: ${result.stderr.slice(0, 500)}`);
      return result;
    };
    // One command's runs follow each other, since some read what the one before has written.
    await mapBounded(
      Object.entries(runs).filter(([id]) => !only || only.split(',').includes(id)),
      3,
      async ([, all]) => {
        for (const run of all) await one(run);
      },
    );
    if (process.env.SLUICE_PLANTED_LOG) writeFileSync(process.env.SLUICE_PLANTED_LOG, codes.sort().join('\n'));
    const written = [...filesBelow(project).filter((name) => !before.has(name)), ...filesBelow(home)];
    for (const file of written) {
      const mayHold = allowed.some((may) => may.test(file));
      if (!mayHold) judge(path.relative(root, file), readFileSync(file, 'latin1'));
      // The history and what Node compiled are no text.
      if (!mayHold && file.startsWith(project)) judgeVisible(path.relative(root, file), readFileSync(file, 'utf8'));
    }
    expect(leaks).toEqual([]);
    // What may hold secrets does: the marks would be seen.
    if (!only)
      for (const may of allowed)
        expect(
          written.filter((file) => may.test(file)).flatMap((file) => plants.find(readFileSync(file, 'utf8'))),
        ).not.toEqual([]);
  });
});
