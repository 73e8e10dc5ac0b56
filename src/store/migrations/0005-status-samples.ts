export default `
  CREATE TABLE status_look (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    cluster TEXT NOT NULL,
    connectors TEXT NOT NULL
  ) STRICT;
  CREATE INDEX status_look_cluster ON status_look (cluster, id);
`;
