/** What happens to the typed arguments. */
type Takes =
  /** Names of connectors. */
  | 'names'
  /** Files; anything that is not a path is the name of a connector. */
  | 'files'
  /** Only files. */
  | 'paths'
  /** Of any kind. */
  | 'words'
  | 'nothing';

/** A command of sluice. */
export interface Other {
  to: string;
  takes: Takes;
  /** It needs an argument; without one, its help is suggested. */
  needs?: true;
  /** For the argument, if there is one. */
  flag?: string;
}

/** Sluice has no such command. */
export interface Missing {
  /** A sentence, without a full stop. */
  lacks: string;
  /** What comes closest, and what it is for. */
  see?: readonly [what: string, command: Other];
}

const STATUS: Other = { to: 'status', takes: 'names' };
const DESCRIBE: Other = { to: 'describe', takes: 'names', needs: true };
const LIST: Other = { to: 'list', takes: 'names' };
export const WATCH: Other = { to: 'status --watch', takes: 'names' };
const DEPLOY: Other = { to: 'deploy', takes: 'files' };
const PLAN: Other = { to: 'plan', takes: 'files' };
const VALIDATE: Other = { to: 'validate', takes: 'paths' };
const FIX: Other = { to: 'validate --fix', takes: 'paths' };
const DOCTOR: Other = { to: 'doctor', takes: 'names' };
const PREFLIGHT: Other = { to: 'preflight', takes: 'files' };
const DELETE: Other = { to: 'delete', takes: 'names', needs: true };
const RESUME: Other = { to: 'resume', takes: 'names', needs: true };
const STOP: Other = { to: 'stop', takes: 'names', needs: true };
const RESTART: Other = { to: 'restart', takes: 'names', needs: true };
const EXPORT: Other = { to: 'export', takes: 'names' };
const HISTORY: Other = { to: 'history', takes: 'nothing' };
const RECONCILE: Other = { to: 'reconcile', takes: 'names', needs: true, flag: '--connector' };
const TEMPLATES: Other = { to: 'template list', takes: 'nothing' };
const CLASS: Other = { to: 'schemas show', takes: 'words', needs: true };
const VERSION: Other = { to: 'version', takes: 'nothing' };
const INIT: Other = { to: 'init', takes: 'words' };
const CONTEXTS: Other = { to: 'context list', takes: 'nothing' };
const CONTEXT: Other = { to: 'context list', takes: 'words', flag: '--context' };
const USE_CONTEXT: Other = { to: 'context use', takes: 'words', needs: true };
const SETTINGS: Other = { to: 'config show', takes: 'nothing' };
const WORKERS: Other = { to: 'workers', takes: 'nothing' };
const OF_CONTEXTS: Noun = {
  several: CONTEXTS,
  one: CONTEXT,
  verbs: {
    ...Object.fromEntries(['use', 'set', 'select', 'switch', 'change'].map((verb) => [verb, USE_CONTEXT])),
    current: CONTEXTS,
    ...Object.fromEntries(
      ['add', 'create', 'delete', 'new', 'remove', 'rename'].map((verb) => [
        verb,
        { lacks: 'contexts are defined under contexts in sluice.yaml', see: ['For those it has', CONTEXTS] } as Missing,
      ]),
    ),
  },
};

const SET_OFFSETS: Other = { to: 'offsets set', takes: 'names', needs: true };
const RESET_OFFSETS: Other = { to: 'offsets reset', takes: 'names', needs: true };
const OFFSETS: Other = { to: 'offsets get', takes: 'names', needs: true };
const GROUPS: Missing = {
  lacks: 'sluice shows consumer groups only as part of their sinks',
  see: ['For the groups of sinks', STATUS],
};
const TOPICS: Missing = {
  lacks: 'sluice only knows the topics that sluice.yaml declares, and those of a connector',
  see: ['For what a deploy would create', PLAN],
};
const OF_CONNECTOR: Other = { to: 'topics', takes: 'names', needs: true };
const LOGGERS: Other = { to: 'loggers get', takes: 'words' };
const LEVEL: Other = { to: 'loggers set', takes: 'words', needs: true };
const LOGIN: Missing = { lacks: 'credentials are read from sluice.yaml', see: ['For what it says', SETTINGS] };
const ROLLBACK: Missing = {
  lacks: 'a deploy that fails rolls back by itself',
  see: ['To undo one that succeeded, deploy the earlier files; for what was changed', HISTORY],
};

/** What other tools call a command: kubectl, kcctl, terraform, gh, helm, docker, confluent. */
export const OTHER_WORDS: Record<string, Other | Missing> = {
  abort: STOP,
  add: TEMPLATES,
  apply: DEPLOY,
  audit: HISTORY,
  auth: LOGIN,
  backup: EXPORT,
  cancel: STOP,
  check: VALIDATE,
  compare: RECONCILE,
  completions: { to: 'completion', takes: 'words' },
  count: RECONCILE,
  'cluster-info': STATUS,
  create: DEPLOY,
  'current-context': CONTEXTS,
  destroy: DELETE,
  diagnose: DOCTOR,
  diff: PLAN,
  disable: STOP,
  down: { to: 'sandbox down', takes: 'nothing' },
  drift: { to: 'plan --exit-code', takes: 'files' },
  dump: EXPORT,
  enable: RESUME,
  events: HISTORY,
  explain: CLASS,
  fix: FIX,
  fmt: FIX,
  format: FIX,
  generate: TEMPLATES,
  get: STATUS,
  'get-contexts': CONTEXTS,
  health: STATUS,
  import: EXPORT,
  info: VERSION,
  inspect: DESCRIBE,
  install: DEPLOY,
  kill: STOP,
  latency: { to: 'lag', takes: 'names', needs: true },
  launch: RESUME,
  lint: VALIDATE,
  log: STATUS,
  login: LOGIN,
  logout: LOGIN,
  logs: STATUS,
  ls: LIST,
  new: INIT,
  preview: PLAN,
  ps: LIST,
  pull: EXPORT,
  push: DEPLOY,
  reboot: RESTART,
  release: DEPLOY,
  reload: RESTART,
  remove: DELETE,
  repair: { ...RECONCILE, to: 'reconcile --repair sql' },
  replace: DEPLOY,
  refresh: PLAN,
  'reset-offsets': RESET_OFFSETS,
  retry: { ...RESTART, to: 'restart --failed' },
  revert: ROLLBACK,
  rm: DELETE,
  rollback: ROLLBACK,
  run: DEPLOY,
  save: EXPORT,
  setup: INIT,
  show: STATUS,
  start: RESUME,
  suspend: { to: 'pause', takes: 'names', needs: true },
  sync: DEPLOY,
  terminate: STOP,
  test: PREFLIGHT,
  top: { to: 'monitor', takes: 'names' },
  undeploy: DELETE,
  undo: ROLLBACK,
  uninstall: DELETE,
  unpause: RESUME,
  up: { to: 'sandbox up', takes: 'nothing' },
  update: DEPLOY,
  upgrade: DEPLOY,
  'use-context': USE_CONTEXT,
  verify: RECONCILE,
  view: STATUS,
  wait: STATUS,
};

interface Noun {
  /** Without a name. */
  several: Other | Missing;
  one: Other | Missing;
  /** What is done to it, beside showing it. */
  verbs?: Record<string, Other | Missing>;
}

/** What other tools list, describe and change, in the singular. */
export const NOUNS: Record<string, Noun> = {
  class: { several: { to: 'schemas list', takes: 'nothing' }, one: CLASS },
  cluster: { several: STATUS, one: STATUS },
  connector: { several: LIST, one: STATUS },
  'consumer-group': { several: GROUPS, one: GROUPS },
  'connector-plugin': {
    several: { to: 'plugins list', takes: 'nothing' },
    one: { to: 'plugins describe', takes: 'words' },
  },
  context: OF_CONTEXTS,
  env: OF_CONTEXTS,
  environment: OF_CONTEXTS,
  group: { several: GROUPS, one: GROUPS },
  kafkaconnector: { several: LIST, one: STATUS },
  kctr: { several: LIST, one: STATUS },
  logger: { several: LOGGERS, one: LOGGERS, verbs: { patch: LEVEL, set: LEVEL, update: LEVEL } },
  offset: {
    several: { to: 'offsets get', takes: 'names' },
    one: OFFSETS,
    verbs: { alter: SET_OFFSETS, delete: RESET_OFFSETS, patch: SET_OFFSETS, reset: RESET_OFFSETS, set: SET_OFFSETS },
  },
  plugin: {
    several: { to: 'plugins list', takes: 'nothing' },
    one: { to: 'plugins describe', takes: 'words' },
    verbs: { install: { lacks: 'plugins are installed on the workers' }, validate: VALIDATE },
  },
  profile: OF_CONTEXTS,
  rollout: { several: STATUS, one: STATUS },
  state: { several: STATUS, one: STATUS },
  task: { several: STATUS, one: STATUS },
  topic: {
    several: OF_CONNECTOR,
    one: OF_CONNECTOR,
    verbs: {
      ...Object.fromEntries(['add', 'alter', 'create', 'delete', 'new', 'remove', 'rm'].map((verb) => [verb, TOPICS])),
      reset: { ...OF_CONNECTOR, to: 'topics --reset' },
    },
  },
  worker: { several: WORKERS, one: WORKERS },
  workspace: OF_CONTEXTS,
};

/** Verbs that show something. */
export const LOOKS = new Set('describe get info inspect list ls ps show status view'.split(' '));

/** Verbs that choose or change something. */
export const SETS = new Set('alter change current reset select set switch use'.split(' '));

/** What others call the commands of a topic. */
export const TOPIC_WORDS: Record<string, readonly string[]> = {
  list: 'all current get ls ps show'.split(' '),
  describe: 'cat explain get info inspect show view'.split(' '),
  show: 'cat describe explain get info inspect list ls view'.split(' '),
  use: 'change select set switch'.split(' '),
  status: 'describe get health info inspect list ls ps show'.split(' '),
  up: 'create init new run start'.split(' '),
  down: 'delete destroy kill remove rm stop'.split(' '),
  render: 'apply build create generate init new use'.split(' '),
  pull: 'download fetch install update'.split(' '),
  logs: 'log tail'.split(' '),
  get: 'cat describe list ls ps show view'.split(' '),
  set: 'alter change edit move patch seek update'.split(' '),
  reset: 'clear delete drop remove rm'.split(' '),
  backup: 'dump export save'.split(' '),
  restore: 'apply import load'.split(' '),
  recover: 'abort continue repair resume rollback undo'.split(' '),
};
