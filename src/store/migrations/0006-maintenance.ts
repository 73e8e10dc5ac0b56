export default `
  CREATE TABLE maintenance_window (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    urls TEXT NOT NULL,
    kafka_cluster_id TEXT NOT NULL,
    context TEXT NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    action TEXT,
    complete INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE maintenance_connector (
    window_id INTEGER NOT NULL REFERENCES maintenance_window (id),
    name TEXT NOT NULL,
    before TEXT NOT NULL,
    failed_tasks TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    action TEXT,
    sent INTEGER NOT NULL DEFAULT 0,
    outcome TEXT,
    PRIMARY KEY (window_id, name)
  ) STRICT, WITHOUT ROWID;
`;
