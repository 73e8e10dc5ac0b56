/** Deploys become one kind of change. Their texts are joined, not parsed: a damaged one is reported when it is read. */
export default `
  CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    verb TEXT NOT NULL,
    context TEXT NOT NULL,
    exit_code INTEGER,
    error TEXT,
    effects TEXT NOT NULL DEFAULT '{}'
  ) STRICT;
  INSERT INTO change
    SELECT id, at, who, 'deploy', context, exit_code, error, '{"connectors":' || connectors || ',"topics":' || topics || '}'
    FROM deploy;
  CREATE INDEX change_context ON change (context, id);
  DROP TABLE deploy;
`;
