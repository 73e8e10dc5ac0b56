import type { ErrorCode } from '../src/errors/registry.ts';

/** What docs/errors.md says of each code, by its section of the page. `npm run docs` writes the page. */
export const DESCRIPTIONS: Readonly<Record<string, Readonly<Partial<Record<ErrorCode, string>>>>> = {
  General: {
    INTERNAL:
      'A bug in sluice. Run the command again with `--verbose` and report the output. If files of sluice itself are missing, it was probably updated while it ran: start it again.',
    INTERRUPTED: 'Ctrl-C. Stderr shows what had been done by then; a second Ctrl-C ends the process at once.',
    TERMINATED: 'SIGTERM, handled like Ctrl-C.',
    USAGE: 'A flag or an argument is missing, unknown or malformed. See `sluice COMMAND --help`.',
    NODE_RESTRICTED:
      'An option in NODE_OPTIONS disables something in Node.js that sluice needs. The message names the option. Other programs may need it, so remove it for sluice only: `NODE_OPTIONS= sluice …`.',
    REQUEST_INVALID:
      'Settings of a request do not fit together, or one has an invalid value. They come from well-formed flags, or from keys of a pair in sluice.yaml.',
    COMMAND_NOT_FOUND: 'There is no such command; the nearest one is suggested, but not run.',
    CONFIRMATION_REQUIRED:
      'The command does something irreversible, and either there was no terminal to ask on or the answer was no. Nothing was done. The hint names the flag that confirms.',
    FILE_UNREADABLE:
      "A given file cannot be read, or one of sluice's own files (the history or the plan key) is damaged: the hint says which file to move away.",
    FILE_UNWRITABLE:
      'A file, such as the one given to `--to`, cannot be written, or exists and is not replaced without `--force`; or the single executable cannot unpack itself into a cache folder that only you can write to.',
    TIMED_OUT:
      'The expected state was not reached within `--timeout`. Requests already sent stay in effect: check with `sluice status`.',
    PARTIAL: 'Some of several targets succeeded and some did not; each has its own result.',
  },
  'Project file and contexts': {
    PROJECT_INVALID:
      '`sluice.yaml` has a syntax error, an unknown key or an invalid value; the message has line and column. Or the context lacks what the command needs, such as `kafka.bootstrapServers`; the message says what for.',
    PROJECT_NOT_FOUND: 'The file given to `--project` does not exist.',
    PROJECT_UNTRUSTED:
      'A `sluice.yaml` in a folder above the working folder, or a link of that name, belongs neither to you nor to root. In a folder that several users can write to, anybody could put one there, and it decides where credentials are sent. If you trust it, pass it with `--project FILE`.',
    CONTEXT_MISSING:
      'No context is selected. Pass `--context NAME` or `--connect-url URL`, set `SLUICE_CONTEXT` or `SLUICE_CONNECT_URL`, or set `defaultContext` in `sluice.yaml`. The sandbox is used only if you name it.',
    CONTEXT_UNKNOWN:
      "There is no context of that name in `sluice.yaml` or in the user's own file; the hint lists the known ones.",
    CONTEXT_PROTECTED:
      'The context is marked `protected: true`, and its name was not confirmed (`--confirm NAME`). Passing its URL as `--connect-url` does not bypass this.',
    DATABASE_UNKNOWN:
      'There is no database of that name in `sluice.yaml`. A URL (`postgres://…`, `mysql://…`, `sqlserver://…`) also works.',
    PAIR_UNKNOWN:
      'There is no pair of that name under `reconcile.pairs` in `sluice.yaml`; the hint lists the existing ones.',
    EDIT_INVALID: 'What was saved in the editor of `sluice edit` is not a map of keys and values.',
    EDITOR_FAILED:
      'The editor of `sluice edit` could not be started, ended with an error, or left no file; or none is named, and there is no terminal for the usual one.',
    CHANGE_UNKNOWN: '`sluice history` has no change of that number.',
    LOGGER_RAISED:
      'A run of `sluice loggers set --for` holds the level of this logger, or of one above or below it, and restores it when its time is up. Two of them would restore each other’s levels.',
    MAINTENANCE_UNKNOWN:
      'No open maintenance window of this context has that number or connector. Windows are kept on the machine, and for the user, that opened them: see `sluice maintenance list`.',
    MAINTENANCE_OVERLAP:
      'A connector is in an open maintenance window already, so its present state is not the one to come back to. End that window first, or leave the connector out. Nothing was done.',
    ALERT_UNKNOWN:
      'No rule for alerts, receiver or mute has that name or number: see `sluice alerts list --rules`. Mutes are kept on the machine, and for the user, that made them.',
    RUN_UNKNOWN:
      '`sluice reconcile history` has no run of that number: it never existed, or was among the oldest and has been removed.',
    REPORT_INVALID:
      'A file given to `sluice reconcile merge` is not what `sluice reconcile --shard I/N --json` writes.',
    SHARDS_MISMATCHED:
      'The reports given to `sluice reconcile merge` are not all shards of one comparison, each once: one is missing or given twice, or they compare different tables, columns or rows. The message names the two that do not fit.',
    REFERENCE_UNRESOLVED:
      'A `${…}` in a file cannot be resolved: the variable is not set, the file cannot be read, or the form is unknown. The message names file and key. Pass variables with `--env-file FILE`.',
    SECRET_UNAVAILABLE:
      'Vault could not be reached, did not allow the secret, or has no such key. Redirects are not followed, because the token would go along: set `VAULT_ADDR` to the final server.',
    TOKEN_UNAVAILABLE:
      "The server of `oauth` or `entra` in a context's settings gave no token: it could not be reached, refused the client, or answered something else. Nothing was sent to the worker. The message has the server's own words, without the secret. If the hint is about clocks, compare `date -u` on both machines: a signed request is valid for a few minutes only.",
  },
  'Connector files and templates': {
    TEMPLATE_UNKNOWN: 'There is no template of that name: `sluice template list`.',
    TEMPLATE_VALUES:
      'A required placeholder has no value, or a value was given for an unknown one; the message names each.',
    CONNECTOR_FILE_INVALID: 'A file is not a connector file, or cannot be parsed; the message has line and column.',
    VALIDATION_FAILED: 'Connector files have errors; nothing was sent.',
    PREFLIGHT_FAILED:
      'A database does not meet what a connector needs; nothing was sent. The message names each finding with the statement that fixes it; `sluice preflight` shows all of them ([preflight](preflight.md)). `--no-preflight` skips the check.',
    RULE_UNKNOWN: '`sluice rules show` was given an unknown rule id; see `sluice rules list`.',
    SCHEMA_UNKNOWN: 'There is no schema for a plugin of that class or version; see `sluice schemas list`.',
  },
  'Connect and Kafka': {
    LOGGER_NOT_FOUND:
      'The worker lists no logger that matches. It lists those that its code has used so far; a level can be set for any name.',
    CONNECT_UNREACHABLE:
      'No answer from any URL of the context: nothing listens there, the name does not resolve, the connection broke or timed out, or TLS failed.',
    CONNECT_UNAUTHORIZED: 'The worker, or a proxy in front of it, answered 401 or 403, or a proxy 407.',
    CONNECT_BAD_ANSWER:
      "The response is not from Connect's REST API, or not as Connect sends it: HTML from a proxy, another service's JSON, a field that is missing or has another type, more than 64 MiB, a 404 for a connector that the worker lists.",
    CONNECT_REBALANCING: 'The cluster was still rebalancing at the deadline. Try again.',
    CONNECT_REJECTED:
      'The worker refused the request; the message quotes it. Or it accepted a write that did not take effect, as reading back showed.',
    CONNECT_UNSUPPORTED: 'The worker is too old for the request; the message names the version that supports it.',
    CONNECTOR_NOT_FOUND: 'There is no connector of that name on the cluster.',
    CONNECTOR_EXISTS: 'A connector of that name already exists.',
    CONNECTOR_CHANGED:
      'Somebody else changed, created or deleted a connector between reading and writing it, or while `deploy` or `scale` waited for it; or the worker accepted a write that it did not carry out. The message says which keys differ. The connector was left untouched. Connect has no compare-and-set, so sluice reads again right before each write, and at each poll while it waits.',
    OPERATION_UNFINISHED:
      'An earlier operation on this connector was interrupted, by Ctrl-C, a kill or a power cut, or another sluice is changing it at this moment. Nothing was changed. The hint names the command that finishes or undoes it: [offsets](offsets.md#when-it-is-interrupted), [quarantine](dead-letters.md#when-a-quarantine-is-interrupted).',
    GROUP_ACTIVE:
      "The sink is stopped, but consumers are still in its group, so Kafka does not change the group's offsets. Another program may use the same group, or a task of a worker that was cut off still runs. For `dlq quarantine`, no other program may be in the group at all.",
    BACKUP_INVALID:
      'A file given as a backup of offsets is not one, or is damaged. Its form is `schemas/offsets-backup.json`. Nothing was changed.',
    BACKUP_MISMATCHED:
      "The backup is of another connector, another class or another Kafka cluster; the message says what differs. `--force` restores it all the same, except a sink's to a source. Nothing was changed.",
    PLAN_INVALID:
      'The file given to `deploy --plan` is not a saved plan, was saved with another key (`SLUICE_PLAN_KEY`), or was modified after it was saved (by hand, to name another context, for example). A plan from an older sluice is refused too.',
    PLAN_STALE:
      'The cluster, the files or their variables have changed between `plan --save` and `deploy --plan`; the message says what. Nothing was sent.',
    CONNECTOR_FAILED:
      'A connector or one of its tasks has FAILED. The message has a short cause; see `sluice status NAME` for more.',
    PLUGIN_NOT_FOUND: 'The worker has no plugin with that class.',
    KAFKA_UNREACHABLE:
      'No answer from the bootstrap servers of the context within 30 seconds, or they do not accept the credentials.',
    KAFKA_UNAUTHORIZED:
      'The user lacks a permission that the ACLs of the cluster do not give it. The message names the operation and the topic, group or transactional id; the hint is the command that allows it.',
    KAFKA_REJECTED: 'The brokers refused the request, or answered with something that cannot be right.',
    METRICS_UNREADABLE:
      'Jolokia or the JMX exporter of a worker, named under `metrics` of the context, does not answer, refuses the credentials, or is something else. What depends on metrics is reported as unknown.',
    KAFKA_FENCED:
      'Another replay of the same dead letter queue has begun, and Kafka has shut this one out. What it had committed stays; the other one replays the rest.',
    TOPIC_NOT_FOUND:
      'There is no topic of this name: a queue that Connect has not created yet, or the target of a replay.',
    QUEUE_MISSING: 'The sink has no dead letter queue: `errors.deadletterqueue.topic.name` is not set.',
    SINK_NOT_BLOCKED:
      'No record stops this sink: none of its tasks has failed, or it has read its topics to the end. Nothing was changed.',
    RECORD_UNPROVEN:
      'It could not be proven which record stops the sink, or that the target takes any other one; the message says why. No record was skipped without proof, and the sink has its former configuration and state. See [dead letters](dead-letters.md#what-is-proven).',
    EXPORT_INVALID:
      'A file given to `dlq replay --from` or `dlq purge --exported` is not an export of one dead letter queue. The message has the line.',
  },
  Databases: {
    DATABASE_UNREACHABLE: 'Nothing responds at that address, or the connection was lost.',
    DATABASE_UNAUTHORIZED: 'User or password is wrong, or the user may not connect.',
    DATABASE_REJECTED: 'The database refused a statement; the message quotes it.',
    DATABASE_UNSUPPORTED:
      'The URL names a kind of database that sluice does not support, or a version that is too old for the request.',
    TABLE_NOT_FOUND: 'The table does not exist, or the user may not see it.',
    TABLE_NOT_COMPARABLE: 'Two tables cannot be compared; the message says why.',
    ROWS_HIDDEN:
      "Row-level security, or a privilege on some columns only, hides rows or columns of a table from this user, so the table cannot be called equal. In PostgreSQL, connect as the table's owner (without `FORCE ROW LEVEL SECURITY`) or as a role with `BYPASSRLS`. For a view its owner's privileges count, unless it is `security_invoker`. In MySQL and MariaDB, grant `SELECT` on the whole table. Other tables are still compared.",
    SOURCE_IS_REPLICA:
      'A repair was requested, and the source is a replica: a standby of PostgreSQL, a server of MySQL or MariaDB that replicates from another one or is read-only, a read-only database of SQL Server. It may lag behind its primary. A repair could then overwrite newer rows that the pipeline has already written, or delete rows that have not reached the replica yet. Pass the primary as `--source`. If the pipeline itself reads this replica, add `--from-replica`.',
  },
  Sandbox: {
    SANDBOX_REQUIREMENT: 'A requirement of the sandbox is missing or too old: Java 17, Maven, tar.',
    SANDBOX_UNSUPPORTED: 'The sandbox, or this component of it, does not support this system.',
    SANDBOX_CACHE:
      'The cache or the data folder cannot be written. Choose others with `SLUICE_CACHE_DIR` and `SLUICE_STATE_DIR`.',
    SANDBOX_DISK_FULL:
      "The disk of the cache or the data folder is full. `sluice sandbox down --purge` removes a sandbox's data.",
    SANDBOX_DOWNLOAD: 'The components could not be downloaded. An incomplete download is never used; try again.',
    SANDBOX_NOT_RUNNING: 'The sandbox, or the requested component, is not running: `sluice sandbox up`.',
    SANDBOX_START: 'A component did not become healthy, or failed right after; the last lines of its log are shown.',
  },
};
