export default `
  CREATE TABLE alert (
    context TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    notify TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'firing')),
    summary TEXT NOT NULL,
    hint TEXT,
    since INTEGER NOT NULL,
    fired_at INTEGER,
    notified INTEGER NOT NULL,
    PRIMARY KEY (context, kind, target)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE alert_notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver TEXT NOT NULL,
    context TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    change TEXT NOT NULL,
    at INTEGER NOT NULL,
    alert TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    error TEXT,
    ended_at INTEGER,
    outcome TEXT CHECK (outcome IN ('delivered', 'given up'))
  ) STRICT;
  CREATE INDEX alert_notice_open ON alert_notice (receiver, context, kind, target, id) WHERE ended_at IS NULL;
  CREATE TABLE alert_mute (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    context TEXT,
    rule TEXT NOT NULL,
    target TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;
  CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    term INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE heal (
    urls TEXT NOT NULL,
    connector TEXT NOT NULL,
    restarts INTEGER NOT NULL,
    last_at INTEGER,
    next_at INTEGER,
    running_since INTEGER,
    PRIMARY KEY (urls, connector)
  ) STRICT, WITHOUT ROWID;
`;
