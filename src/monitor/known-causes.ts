import { maskRowValues } from '../text/row-values.ts';
import { command } from '../text/settings.ts';
import { shellWord } from '../text/shell.ts';

/**
 * Whether a restart helps:
 * - `transient`: the cause goes away by itself; a restart then helps.
 * - `permanent`: it fails again until a person has changed something.
 * - `unknown`: it may be either.
 */
export type CauseKind = 'transient' | 'permanent' | 'unknown';

/**
 * What a cause is about, where it is known:
 * - `connection`: the database cannot be reached, or does not let the user in.
 * - `database`: it can be reached, and would take no row at all.
 * - `record`: the database refused one row, for a reason that is in the row.
 */
type About = 'connection' | 'database' | 'record';

export interface KnownCause {
  /** Never changes: docs/causes.md lists them. */
  id: string;
  kind: CauseKind;
  about?: About;
  /** Matched against the message of one exception, its class included. */
  message: RegExp;
  hint: string;
}

/** Of two that match one message the first counts, so more specific ones come first. */
export const KNOWN_CAUSES: readonly KnownCause[] = [
  {
    id: 'database-starting',
    kind: 'transient',
    about: 'connection',
    message:
      /the database system is (?:shutting down|starting up|in recovery mode|not (?:yet )?accepting connections)|terminating (?:connection|walsender)|Server shutdown in progress|SHUTDOWN is in progress|script upgrade mode|database '[^']*' is (?:being recovered|in transition)|in the middle of a restore|is not currently available/i,
    hint: 'The database was stopped, or was starting: once it runs, restart the failed tasks.',
  },
  {
    id: 'login',
    kind: 'permanent',
    about: 'connection',
    message:
      /password authentication failed|Access denied for user|Login failed for user|no password was provided|no pg_hba\.conf entry|is not permitted to log in|role "[^"]*" does not exist|Account is locked|SaslAuthenticationException|MongoSecurityException/i,
    hint: 'Wrong user or password: check them, and the variables used in the file.',
  },
  {
    id: 'slot-in-use',
    // The slot of a task that was killed is free after wal_sender_timeout, that of another connector never is.
    kind: 'unknown',
    message: /replication slot "[^"]*" is active/i,
    hint: 'Another connector or client reads this slot: SELECT active_pid FROM pg_replication_slots; give each connector its own slot.name.',
  },
  {
    id: 'slots-exhausted',
    kind: 'permanent',
    message: /all replication slots are in use/i,
    hint: 'Raise max_replication_slots, or drop unused slots: SELECT slot_name, active FROM pg_replication_slots.',
  },
  {
    id: 'slot-gone',
    kind: 'permanent',
    message:
      /replication slot "[^"]*" does not exist|can no longer (?:get changes from|access) replication slot|replication slot "[^"]*" (?:has been|was) invalidated/i,
    hint: 'The replication slot is gone, and with it changes that were not read: take a new snapshot (stop the connector, reset its offsets).',
  },
  {
    id: 'wal-level',
    kind: 'permanent',
    message: /wal_level|logical decoding requires/i,
    hint: 'Set wal_level = logical on the source and restart it: ALTER SYSTEM SET wal_level = logical.',
  },
  {
    id: 'log-gone',
    kind: 'permanent',
    message:
      /no longer available on the server|requested WAL segment .* has already been removed|Could not find first log file name in binary log|purged (?:required binary logs|binary logs containing)|Could not find GTID state requested|insufficient number of arguments were supplied for the procedure or function cdc\.|None of (?:the )?log files contains? offset|resume (?:point|of change stream|token) .*(?:no longer|not possible|not found)|ChangeStreamHistoryLost/i,
    hint: 'The source no longer has the log that the offsets point to: take a new snapshot (stop the connector, reset its offsets).',
  },
  {
    id: 'schema-history',
    kind: 'permanent',
    message:
      /schema history topic is missing|history topic .* (?:partially or fully )?missing|schema isn't known to this connector/i,
    hint: 'The schema history does not have this table or position: rebuild it with snapshot.mode=recovery.',
  },
  {
    id: 'cdc-disabled',
    kind: 'permanent',
    message: /CDC is not enabled|is not enabled for change data capture|cdc\.captured_columns|No maximum LSN recorded/i,
    hint: 'Enable CDC for the database and each table (sys.sp_cdc_enable_db, sys.sp_cdc_enable_table), and start the SQL Server Agent.',
  },
  {
    id: 'binlog-format',
    kind: 'permanent',
    message: /binlog_format|binlog_row_image|binlog is not enabled|row-level binlog/i,
    hint: 'The source needs binlog_format=ROW and binlog_row_image=FULL.',
  },
  {
    id: 'server-id',
    // The other one may be a task of this connector that has not ended yet.
    kind: 'unknown',
    message: /(?:slave|replica) with the same server_(?:uuid|id)/i,
    hint: 'Two clients read the binlog with one id: give each connector its own database.server.id.',
  },
  {
    id: 'replication-privilege',
    kind: 'permanent',
    message:
      /must be superuser or replication role|permission denied to start WAL sender|REPLICATION (?:CLIENT|SLAVE) privilege/i,
    hint: 'The user may not replicate: ALTER ROLE … REPLICATION, or GRANT REPLICATION SLAVE, REPLICATION CLIENT.',
  },
  {
    id: 'publication',
    kind: 'permanent',
    message: /No table filters found for filtered publication/i,
    hint: 'No table in table.include.list exists, or the user cannot see it: check the names, including the schema, and the privileges.',
  },
  {
    id: 'publication-missing',
    kind: 'permanent',
    message: /publication "[^"]*" does not exist/i,
    hint: 'The publication does not exist: create it, or set publication.autocreate.mode.',
  },
  {
    id: 'key-twice',
    kind: 'permanent',
    message: /ON CONFLICT DO UPDATE command cannot affect row a second time/i,
    hint: 'A batch has the same key twice: set use.reduction.buffer=true.',
  },
  {
    id: 'foreign-key',
    kind: 'permanent',
    about: 'record',
    message: /violates foreign key constraint|foreign key constraint fails|conflicted with the FOREIGN KEY/i,
    hint: 'Several tasks or topics write tables out of order: drop the foreign keys of the target, or make them deferrable and run one task.',
  },
  {
    id: 'not-null',
    kind: 'permanent',
    about: 'record',
    message: /violates not-null constraint|Column '[^']*' cannot be null|Cannot insert the value NULL/i,
    hint: 'The target requires a value that the source does not have: make the column nullable, or set it with a transform.',
  },
  {
    id: 'record-refused',
    kind: 'permanent',
    about: 'record',
    message: new RegExp(
      [
        // By PostgreSQL, MySQL and MariaDB, SQL Server.
        /violates (?:check|unique|exclusion) constraint/,
        /Check constraint '[^']*' is violated|CONSTRAINT `[^`]*` failed|conflicted with the CHECK/,
        /Duplicate entry|Cannot insert duplicate key|Violation of (?:PRIMARY|UNIQUE) KEY/,
        /value too long for type|Data too long for column|Data truncat|would be truncated/,
        /out of range|numeric field overflow|Arithmetic overflow/,
        /invalid input (?:syntax|value) for|invalid byte sequence|Incorrect [\w ()]{1,40}value|Conversion failed when converting/,
      ]
        .map(({ source }) => source)
        .join('|'),
      'i',
    ),
    hint: 'The target refuses a row: correct the target, or the row at its source.',
  },
  {
    id: 'privilege',
    kind: 'permanent',
    about: 'database',
    message:
      /AuthorizationException|Not authorized to access|permission denied for|permission was denied|command denied to user|must be owner of/i,
    hint: 'The user lacks a privilege; the message says on which object.',
  },
  {
    id: 'column-type',
    kind: 'permanent',
    about: 'database',
    message:
      /is of type .* but expression is of type|cannot be cast automatically|SchemaProjectorException|Operand type clash/i,
    hint: 'A column of the target has another type than the records: change the column, or the field with a transform.',
  },
  {
    id: 'column-missing',
    kind: 'permanent',
    about: 'database',
    message: /column "[^"]*" .*does not exist|Unknown column|Invalid column name|but has fields|Cannot alter table/i,
    hint: 'The target table lacks a column: add it, or set schema.evolution=basic.',
  },
  {
    id: 'table-missing',
    kind: 'permanent',
    about: 'database',
    message:
      /relation "[^"]*" does not exist|Table '[^']*' doesn't exist|Invalid object name|Could not find table|schema "[^"]*" does not exist/i,
    hint: 'The table does not exist: create it, set schema.evolution=basic, or check collection.name.format.',
  },
  {
    id: 'plan-changed',
    kind: 'transient',
    about: 'database',
    message: /cached plan must not change result type/i,
    hint: 'The table was changed while it was written: restart the failed tasks.',
  },
  {
    id: 'disk-full',
    kind: 'permanent',
    about: 'database',
    message: /No space left on device|could not extend file|disk full|The table '[^']*' is full/i,
    hint: 'A disk is full: free space, then restart the failed tasks.',
  },
  {
    id: 'read-only',
    // A failover, or the address of a replica.
    kind: 'unknown',
    about: 'database',
    message: /read-only|read only/i,
    hint: 'The database only allows reads: check that the connector writes to the primary.',
  },
  {
    id: 'certificate',
    kind: 'permanent',
    about: 'database',
    message:
      /PKIX path building failed|unable to find valid certification path|certificate verify failed|No subject alternative (?:DNS )?names?|SslAuthenticationException|CertificateExpiredException/i,
    hint: "The worker does not trust the server's certificate: add its CA to the truststore, or set the connector's TLS keys.",
  },
  {
    id: 'tls',
    // A server that is being stopped ends handshakes, too.
    kind: 'unknown',
    about: 'database',
    message: /SSLHandshakeException/i,
    hint: "The TLS handshake failed: check the server's certificate, and the connector's TLS keys.",
  },
  {
    id: 'too-many-connections',
    kind: 'transient',
    about: 'database',
    message:
      /too many (?:clients|connections)|remaining connection slots|max_user_connections|requested standby connections exceeds/i,
    hint: 'The server has no connection left: raise its limit (max_connections, max_wal_senders), or end idle connections.',
  },
  {
    id: 'deadlock',
    kind: 'transient',
    about: 'database',
    message:
      /deadlock|Lock wait timeout|lock timeout|could not obtain lock|could not serialize access|Record has changed since last read/i,
    hint: 'Another transaction held a lock: restart the failed tasks. If it happens often, find out which: pg_locks, SHOW ENGINE INNODB STATUS.',
  },
  {
    id: 'rebalance',
    kind: 'transient',
    message:
      /CommitFailedException|RebalanceInProgressException|UnknownMemberIdException|IllegalGenerationException|FencedInstanceIdException|group has already rebalanced|ProducerFencedException|InvalidProducerEpochException/i,
    hint: 'The group rebalanced while the task worked: restart the failed tasks. If it happens often, raise consumer.override.max.poll.interval.ms.',
  },
  {
    id: 'topic-missing',
    // It may be about to be created, or its broker is away.
    kind: 'unknown',
    message: /UnknownTopicOrPartitionException|topic .* (?:not present in metadata|does not exist)/i,
    hint: 'The topic does not exist: create it, or let the brokers create it (auto.create.topics.enable).',
  },
  {
    id: 'broker-away',
    kind: 'transient',
    message:
      /org\.apache\.kafka\.common\.errors\.(?:TimeoutException|DisconnectException|NetworkException|NotLeaderOrFollowerException|LeaderNotAvailableException|NotEnoughReplicas\w*|CoordinatorNotAvailableException|CoordinatorLoadInProgressException|NotCoordinatorException|BrokerNotAvailableException|ReplicaNotAvailableException|KafkaStorageException)|Failed to update metadata after|No resolvable bootstrap urls/i,
    hint: 'The worker cannot reach the brokers: once they answer, restart the failed tasks.',
  },
  {
    id: 'database-missing',
    kind: 'permanent',
    about: 'connection',
    message: /database "[^"]*" does not exist|Unknown database|Cannot open database/i,
    hint: 'There is no such database on that server: check the name in the connection settings.',
  },
  {
    id: 'unreachable',
    kind: 'transient',
    about: 'connection',
    message:
      /UnknownHostException|Connection (?:to \S+ )?refused|The connection attempt failed|Connection timed out|No route to host|Network is unreachable|Communications link failure|connect timed out|Could not connect to address|Socket fail to connect|Connections could not be acquired|CannotAcquireResourceException|MongoTimeoutException|MongoSocketOpenException/i,
    hint: 'The worker cannot reach the host: check its name and port as seen from the worker, not from here.',
  },
  {
    id: 'connection-lost',
    kind: 'transient',
    about: 'connection',
    message:
      /Connection reset|Broken pipe|Socket (?:is )?closed|An I\/O error|connection (?:has been|is|was) closed|EOFException|ClosedChannelException|unexpected end of (?:stream|file)|MongoSocket(?:Read|Write)Exception|MongoNotPrimaryException/i,
    hint: 'The connection broke: once the server can be reached, restart the failed tasks.',
  },
  {
    id: 'timeout',
    kind: 'transient',
    about: 'database',
    message:
      /timed? ?out|SocketTimeoutException|Unable to acquire|statement timeout|canceling statement|Query execution was interrupted/i,
    hint: 'It took longer than is allowed: see what else the server does, then restart the failed tasks.',
  },
  {
    id: 'class-missing',
    kind: 'permanent',
    about: 'database',
    message:
      /ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError|Failed to find any class|No suitable driver/i,
    hint: "A class is missing on the worker: install the plugin's whole archive below plugin.path and restart the worker.",
  },
  {
    id: 'memory',
    kind: 'unknown',
    about: 'database',
    message: /OutOfMemoryError/i,
    hint: 'The worker has too little memory: raise its heap, or lower max.queue.size, max.batch.size or consumer.override.max.poll.records.',
  },
  {
    id: 'record-too-large',
    kind: 'permanent',
    message: /RecordTooLargeException/i,
    hint: "A record exceeds the message size limit: raise producer.override.max.request.size, and the topic's max.message.bytes.",
  },
  {
    id: 'format',
    kind: 'permanent',
    message:
      /SerializationException|Converting byte\[\] to Kafka Connect data failed|JsonConverter with schemas\.enable requires/i,
    hint: 'The records are not in the format that the converter expects: use the converter that wrote them, with the same schemas.enable.',
  },
  {
    id: 'configuration',
    kind: 'permanent',
    message: /ConfigException|Error configuring an instance of/i,
    hint: 'A setting of the connector is wrong: the message, or the log of the worker, says which.',
  },
  {
    id: 'retriable',
    // The plugin says so itself; what is known of the exceptions inside counts more.
    kind: 'transient',
    message: /RetriableException/,
    hint: 'The plugin expects that it works again later: restart the failed tasks.',
  },
];

/** Longer messages are data dumps; the rest is ignored. */
const MAX_MESSAGE = 50_000;
const FRAMES = /^[ \t]+(?:at |\.\.\. |Suppressed: ).*$/gm;

/**
 * The cause of a failure, if it is known. Of the exceptions of a trace the innermost that is known counts: a wrapper such as
 * "Exceeded max retries" says nothing of what it wraps. What a row holds does not decide.
 * @param trace a Java stack trace, or one message
 */
export function knownCause(trace: string): KnownCause | undefined {
  const messages = trace
    .split(/^[ \t]{0,20}Caused by: /m)
    .map((one) => maskRowValues(one.replaceAll(FRAMES, '').slice(0, MAX_MESSAGE)));
  for (const message of messages.reverse()) {
    const known = KNOWN_CAUSES.find((one) => one.message.test(message));
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Where a sink is given records, and where they are converted. @see org.apache.kafka.connect.runtime.WorkerSinkTask */
export const OF_PUT = /\bWorkerSinkTask\.deliverMessages\b/;

/**
 * How to fix the cause of a trace, if it is known.
 * @param name of the sink, if it is one: of a record that was refused, how to go on without it
 */
export function knownHint(trace: string, name?: string): string | undefined {
  const cause = knownCause(trace);
  if (cause?.about !== 'record' || name === undefined || !OF_PUT.test(trace)) return cause?.hint;
  return `${cause.hint} Or go on without the record (${command(`dlq quarantine ${shellWord(name)}`, { dryRun: true })}).`;
}

/** Where records are converted, which asks a schema registry, and no database. */
const IN_CONVERTER = /WorkerSinkTask\.convertAndTransformRecord|WorkerSourceTask\.convertTransformedRecord/;

/** Whether a connector failed because it could not reach its database, or log in to it. */
export function cannotReach(trace: string): boolean {
  return knownCause(trace)?.about === 'connection' && !IN_CONVERTER.test(trace);
}
