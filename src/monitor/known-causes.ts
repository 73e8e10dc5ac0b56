/** How to fix a failure whose trace shows a known cause. */
interface KnownCause {
  /** Matched against the whole trace, innermost cause included. */
  trace: RegExp;
  hint: string;
}

/** More specific causes come first. */
const KNOWN: readonly KnownCause[] = [
  {
    trace: /password authentication failed|Access denied for user|Login failed for user|no password was provided/i,
    hint: 'Wrong user or password: check them, and the variables used in the file.',
  },
  {
    trace: /replication slot "[^"]*" is active/i,
    hint: 'Another connector or client reads this slot: SELECT active_pid FROM pg_replication_slots; give each connector its own slot.name.',
  },
  {
    trace: /all replication slots are in use/i,
    hint: 'Raise max_replication_slots, or drop unused slots: SELECT slot_name, active FROM pg_replication_slots.',
  },
  {
    trace: /wal_level|logical decoding requires/i,
    hint: 'Set wal_level = logical on the source and restart it: ALTER SYSTEM SET wal_level = logical.',
  },
  {
    trace:
      /no longer available on the server|requested WAL segment .* has already been removed|Could not find first log file name in binary log/i,
    hint: 'The source no longer has the log that the offsets point to: take a new snapshot (stop the connector, reset its offsets).',
  },
  {
    trace: /CDC is not enabled|is not enabled for change data capture|cdc\.captured_columns|No maximum LSN recorded/i,
    hint: 'Enable CDC for the database and each table (sys.sp_cdc_enable_db, sys.sp_cdc_enable_table), and start the SQL Server Agent.',
  },
  {
    trace: /binlog_format|binlog_row_image|binlog is not enabled|row-level binlog/i,
    hint: 'The source needs binlog_format=ROW and binlog_row_image=FULL.',
  },
  {
    trace:
      /must be superuser or replication role|permission denied to start WAL sender|REPLICATION (CLIENT|SLAVE) privilege/i,
    hint: 'The user may not replicate: ALTER ROLE … REPLICATION, or GRANT REPLICATION SLAVE, REPLICATION CLIENT.',
  },
  {
    trace: /No table filters found for filtered publication/i,
    hint: 'No table in table.include.list exists, or the user cannot see it: check the names, including the schema, and the privileges.',
  },
  {
    trace: /ON CONFLICT DO UPDATE command cannot affect row a second time/i,
    hint: 'A batch has the same key twice: set use.reduction.buffer=true.',
  },
  {
    trace: /violates foreign key constraint|foreign key constraint fails|conflicted with the FOREIGN KEY/i,
    hint: 'Several tasks or topics write tables out of order: drop the foreign keys of the target, or make them deferrable and run one task.',
  },
  {
    trace: /violates not-null constraint|Column '[^']*' cannot be null|Cannot insert the value NULL/i,
    hint: 'The target requires a value that the source does not have: make the column nullable, or set it with a transform.',
  },
  {
    trace: /column "[^"]*" .*does not exist|Unknown column|Invalid column name|but has fields|Cannot alter table/i,
    hint: 'The target table lacks a column: add it, or set schema.evolution=basic.',
  },
  {
    trace: /relation "[^"]*" does not exist|Table '[^']*' doesn't exist|Invalid object name|Could not find table/i,
    hint: 'The table does not exist: create it, set schema.evolution=basic, or check collection.name.format.',
  },
  {
    trace: /No space left on device|could not extend file|disk full|The table '[^']*' is full/i,
    hint: 'A disk is full: free space, then restart the failed tasks.',
  },
  {
    trace:
      /PKIX path building failed|unable to find valid certification path|SSLHandshakeException|certificate verify failed/i,
    hint: "The worker does not trust the server's certificate: add its CA to the truststore, or set the connector's TLS keys.",
  },
  {
    trace: /TopicAuthorizationException|GroupAuthorizationException|Not authorized to access|permission denied for/i,
    hint: 'The user lacks a privilege; the message says on which object.',
  },
  {
    trace: /UnknownTopicOrPartitionException|topic .* (not present in metadata|does not exist)/i,
    hint: 'The topic does not exist: create it, or let the brokers create it (auto.create.topics.enable).',
  },
  {
    trace:
      /UnknownHostException|Connection refused|Connection to \S+ refused|The connection attempt failed|Connection timed out|No route to host|Communications link failure|connect timed out/i,
    hint: 'The worker cannot reach the host: check its name and port as seen from the worker, not from here.',
  },
  {
    trace: /database "[^"]*" does not exist|Unknown database/i,
    hint: 'There is no such database on that server: check the name in the connection settings.',
  },
  {
    trace: /ClassNotFoundException|NoClassDefFoundError|Failed to find any class/i,
    hint: "A class is missing on the worker: install the plugin's whole archive below plugin.path and restart the worker.",
  },
  {
    trace: /RecordTooLargeException/i,
    hint: "A record exceeds the message size limit: raise producer.override.max.request.size, and the topic's max.message.bytes.",
  },
  {
    trace:
      /SerializationException|Converting byte\[\] to Kafka Connect data failed|JsonConverter with schemas\.enable requires/i,
    hint: 'The records are not in the format that the converter expects: use the converter that wrote them, with the same schemas.enable.',
  },
];

/** How to fix the cause of a trace, if it is known. */
export function knownHint(trace: string): string | undefined {
  return KNOWN.find((known) => known.trace.test(trace))?.hint;
}

/** Where records are converted, which asks a schema registry, and no database. */
const IN_CONVERTER = /WorkerSinkTask\.convertAndTransformRecord|WorkerSourceTask\.convertTransformedRecord/;

const UNREACHED =
  /UnknownHostException|Connection refused|Connection to \S+ refused|The connection attempt failed|Connection timed out|No route to host|Communications link failure|connect timed out|password authentication failed|Access denied for user|Login failed for user|no password was provided|database "[^"]*" does not exist|Unknown database|terminating connection|the database system is (?:shutting down|starting up)|This connection has been closed|An I\/O error occurred while sending|Could not connect to address|Socket fail to connect/i;

/** Whether a connector failed because it could not reach its database, or log in to it. */
export function cannotReach(trace: string): boolean {
  return UNREACHED.test(trace) && !IN_CONVERTER.test(trace);
}
