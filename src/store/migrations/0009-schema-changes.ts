export default `
  CREATE TABLE source_table (
    context TEXT NOT NULL,
    connector TEXT NOT NULL,
    source_table TEXT NOT NULL,
    origin TEXT NOT NULL,
    shape TEXT NOT NULL,
    PRIMARY KEY (context, connector, source_table)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE schema_position (
    context TEXT NOT NULL,
    connector TEXT NOT NULL,
    topic TEXT NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (context, connector)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE schema_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    context TEXT NOT NULL,
    connector TEXT NOT NULL,
    source_table TEXT NOT NULL,
    at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    changes TEXT NOT NULL,
    consequences TEXT NOT NULL
  ) STRICT;
  CREATE INDEX schema_change_seen ON schema_change (context, seen_at);
`;
