export default `
  CREATE TABLE reconcile_run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    pair TEXT,
    verdict TEXT,
    document TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reconcile_run_pair ON reconcile_run (pair, id);
`;
