export default `
  CREATE TABLE deploy (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    context TEXT NOT NULL,
    exit_code INTEGER NOT NULL,
    error TEXT,
    connectors TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deploy_context ON deploy (context, id);
`;
